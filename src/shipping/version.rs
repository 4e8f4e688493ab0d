//! Versions, as people write them in tags.

/// A semver version, found in a tag such as `v2.4.0`, `2.4` or `@acme/ui@2.4.0`.
pub(crate) fn version(tag: &str) -> Option<semver::Version> {
    let start = tag.rsplit('@').next().unwrap_or(tag).rsplit('/').next().unwrap_or(tag);
    let digits = start.find(|c: char| c.is_ascii_digit())?;
    let text = start.get(digits..)?;
    let (core, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mut core: Vec<&str> = core.split('.').collect();
    if core.len() > 3 {
        return None;
    }
    core.resize(3, "0");
    let core: Vec<&str> = core.into_iter().map(|part| part.trim_start_matches('0')).collect();
    let core: Vec<&str> = core.into_iter().map(|part| if part.is_empty() { "0" } else { part }).collect();
    semver::Version::parse(&format!("{}{rest}", core.join("."))).ok()
}

/// How exactly a tag names a version: how many numbers it has. `v2` is moved from release to release; `v2.4.0` is one.
pub(crate) fn exactness(tag: &str) -> usize {
    let start = tag.rsplit('@').next().unwrap_or(tag).rsplit('/').next().unwrap_or(tag);
    let digits = start.find(|c: char| c.is_ascii_digit()).and_then(|at| start.get(at..)).unwrap_or_default();
    let core: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    core.split('.').filter(|part| !part.is_empty()).count()
}

/// What a tag calls the thing that is released: `api` of `api-v2.4.0`, `sdk/go` of `sdk/go/v1.0.0`. Empty for a repository
/// that is released as a whole, under its own name or none. `None` without a version.
pub(crate) fn package(tag: &str, repository: &str) -> Option<String> {
    const WHOLE: &[&str] = &["", "v", "r", "rel", "release", "releases", "ver", "version", "stable", "tag", "tags"];
    version(tag)?;
    let last = tag.rsplit('@').next().unwrap_or(tag).rsplit('/').next().unwrap_or(tag);
    let named = last.find(|c: char| c.is_ascii_digit())?;
    let name = tag.get(..tag.len() - last.len() + named)?.to_ascii_lowercase();
    let marks = ['-', '_', '.', '/', '@', ' ', ':'];
    let name = name.trim_end_matches(marks);
    let mut name = name.strip_suffix('v').filter(|name| name.ends_with(marks)).unwrap_or(name);
    // `release/2.4.0`, `api-release-2.4.0`
    loop {
        name = name.trim_matches(marks);
        let last = name.rsplit(marks).next().unwrap_or(name);
        if name.is_empty() || !WHOLE.contains(&last) {
            break;
        }
        name = name.strip_suffix(last).unwrap_or_default();
    }
    let own = repository.rsplit('/').next().unwrap_or(repository).to_ascii_lowercase();
    Some(if name == own { String::new() } else { name.to_owned() })
}

/// For whom a release is, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedChannel {
    /// For everybody: nothing but numbers, such as `v2.4.0`, a date or `1.2.3-1`, or a word for "final".
    Final,
    /// Not for everybody: `v2.4.0-rc.1`, `2.0b1`, `nightly`.
    Early,
    /// A word stands after the numbers of which nobody knows, such as `2.4.0-ce` or `1.2.3-windows`: a doubt, since customers
    /// would be told if a prerelease passed for stable, and never told if a stable one passed for early.
    Unclear,
}

/// Whether a tag names a prerelease.
pub(crate) fn is_prerelease(tag: &str) -> bool {
    named_channel(tag) == NamedChannel::Early
}

/// For whom a tag says that its release is.
pub(crate) fn named_channel(tag: &str) -> NamedChannel {
    const FINAL: &[&str] = &["final", "ga", "release", "stable", "lts", "post", "hotfix", "patch", "sp", "update"];
    // `2.0b1` and `1.0.0-M2`: a letter or two before a number.
    const SHORT: &[&str] = &["a", "b", "c", "m", "cr", "p"];
    // Words of a channel, also before the number.
    const CHANNELS: &[&str] = &[
        "nightly",
        "nightlies",
        "canary",
        "snapshot",
        "alpha",
        "beta",
        "rc",
        "preview",
        "prerelease",
        "insider",
        "insiders",
        "experimental",
        "unstable",
    ];
    // Words that name what is not for everybody, wherever they stand.
    const EARLY: &[&str] = &[
        "nightly",
        "nightlies",
        "canary",
        "edge",
        "snapshot",
        "dev",
        "devel",
        "develop",
        "alpha",
        "beta",
        "rc",
        "preview",
        "prerelease",
        "pre",
        "insider",
        "insiders",
        "experimental",
        "unstable",
        "test",
        "testing",
        "staging",
        "daily",
        "weekly",
        "tip",
        "next",
        "trunk",
        "wip",
        "draft",
        "candidate",
        "milestone",
        "eap",
        "tp",
        "main",
        "master",
        "head",
        "ci",
        "internal",
        "qa",
        "uat",
    ];
    let words = tag.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
    let start = tag.rsplit('@').next().unwrap_or(tag).rsplit('/').next().unwrap_or(tag);
    let Some(text) = start.find(|c: char| c.is_ascii_digit()).and_then(|digits| start.get(digits..)) else {
        let early = words.into_iter().any(|word| EARLY.contains(&word.as_str()));
        return if early { NamedChannel::Early } else { NamedChannel::Final };
    };
    // Before the number stands the name of what is released, in which only a few words can mean the channel.
    let named = tag.get(..tag.len() - text.len()).unwrap_or_default().to_ascii_lowercase();
    let whole = named.trim_end_matches(['-', '_', 'v', '.', '/', '@']);
    let before =
        EARLY.contains(&whole) || named.split(|c: char| !c.is_ascii_alphabetic()).any(|word| CHANNELS.contains(&word));
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.split('+').next().unwrap_or_default();
    let after: Vec<String> = rest
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let numbered = |word: &str| SHORT.contains(&word) && rest.ends_with(|c: char| c.is_ascii_digit());
    if before || after.iter().any(|word| EARLY.contains(&word.as_str()) || numbered(word)) {
        NamedChannel::Early
    } else if after.iter().all(|word| FINAL.contains(&word.as_str())) {
        NamedChannel::Final
    } else {
        NamedChannel::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_package_however_it_is_written() {
        for (tag, named) in [
            ("v2.4.0", ""),
            ("2.4", ""),
            ("release-2.4.0", ""),
            ("releases/v2.4.0", ""),
            ("product-v2.4.0", ""),
            ("product/2.4.0", ""),
            ("api-v2.4.0", "api"),
            ("api-release-2.4.0", "api"),
            ("API_2.4.0", "api"),
            ("sdk/go/v1.0.0", "sdk/go"),
            ("@acme/ui@2.4.0", "acme/ui"),
            ("helm-chart-1.2.3", "helm-chart"),
            ("dev-1.2.3", "dev"),
        ] {
            assert_eq!(package(tag, "acme/product").as_deref(), Some(named), "{tag}");
        }
        assert_eq!(package("latest", "acme/product"), None);
    }

    #[test]
    fn versions_are_read_from_tags_as_people_write_them() {
        let read = |tag: &str| version(tag).map(|version| version.to_string());
        assert_eq!(read("v2.4.0"), Some("2.4.0".into()));
        assert_eq!(read("2.4"), Some("2.4.0".into()));
        assert_eq!(read("@acme/ui@1.2.3-rc.1"), Some("1.2.3-rc.1".into()));
        assert_eq!(read("release/2026.04.1"), Some("2026.4.1".into()));
        assert_eq!(read("nightly"), None);
        for tag in ["v2.0.0-beta.2", "2.0b1", "2.0.0-rc.01", "ui@1.0.0-next"] {
            assert!(is_prerelease(tag), "{tag}");
        }
        for tag in [
            "nightly-20261128",
            "nightly",
            "canary/4.1.0",
            "v2-beta",
            "snapshot-7",
            "app-nightly-3",
            "2.4.0-SNAPSHOT",
            "edge",
        ] {
            assert!(is_prerelease(tag), "{tag}");
        }
        assert_eq!(["v2", "2.4", "v2.4.0", "app@1.2.3-rc.1", "x"].map(exactness), [1, 2, 3, 3, 0]);
        for tag in [
            "v2.0.0",
            "2.0.0+build.5",
            "5.3.0.RELEASE",
            "release/2.0",
            "api-v3.0.0",
            "ci-tools@2.0.0",
            "v2.4.0-hotfix.1",
        ] {
            assert!(!is_prerelease(tag), "{tag}");
        }
        // komi-store#555, brewkit#104, elasticclaw#162: dates and numbers of builds are final.
        for tag in ["2026-11-28", "v1.2.3-1", "2026.11.28-2", "v2.0.0-final"] {
            assert_eq!(named_channel(tag), NamedChannel::Final, "{tag}");
        }
        for tag in ["1.2.3-windows", "2.4.0-ce"] {
            assert_eq!(named_channel(tag), NamedChannel::Unclear, "{tag}");
        }
        for tag in ["1.0.0-M2", "2.0.0.Beta3", "3.1.0-CR1", "2.0.0-rc"] {
            assert_eq!(named_channel(tag), NamedChannel::Early, "{tag}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_tag_breaks_the_reading(tag in "\\PC{0,40}") {
            let _ = (version(&tag), is_prerelease(&tag));
        }
    }
}
