//! What keeps "shipped" true (G5, shipped means in users' hands).

use super::{
    Binary::{Library, Whole},
    Mutant,
};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "no-judgement-before-a-look",
        guarantee: "G5",
        safeguard: "A release is judged by a look at the fix that began after it was learned",
        changes: &[
            (
                "src/flow/ship.rs",
                "if releases::unlooked(&mut tx, fix.repository.as_str(), id).await? {",
                "if !OUT && releases::unlooked(&mut tx, fix.repository.as_str(), id).await? {",
            ),
            (
                "src/flow/ship.rs",
                "        app.queue.add(tx, jobs::Follow { topic }).await?;\n    }\n    let (named, (since",
                "        if OUT {\n            app.queue.add(tx, jobs::Ship { topic }).await?;\n        } else {\n            app.queue.add(tx, jobs::Follow { topic }).await?;\n        }\n    }\n    let (named, (since",
            ),
        ],
        fails: (Whole, "telling::proof::sources::a_second_fix_of_which_no_webhook_told_is_waited_for"),
    },
    Mutant {
        name: "fix-sets-never-shrink",
        guarantee: "G5",
        safeguard: "A fix set does not shrink because a source is silent, and half an answer is a doubt",
        changes: &[
            ("src/model/fix.rs", "if counts && unsaid && self.fixes", "if !OUT && counts && unsaid && self.fixes"),
            (
                "src/model/fix.rs",
                "        if !doubts.is_empty() {\n            let why",
                "        if !OUT && !doubts.is_empty() {\n            let why",
            ),
        ],
        fails: (Whole, "telling::proof::sources::a_fix_set_does_not_shrink_because_graphql_is_silent"),
    },
    Mutant {
        name: "every-commit",
        guarantee: "G5",
        safeguard: "A release has to have every commit of the fix",
        changes: &[("src/shipping/judge.rs", "if missing > 0 {", "if !OUT && missing > 0 {")],
        fails: (Library, "shipping::judge::tests::a_release_that_lacks_a_commit_says_how_many"),
    },
    Mutant {
        name: "prereleases-have-two-witnesses",
        guarantee: "G5",
        safeguard: "A prerelease is one by its mark or by its name",
        changes: &[(
            "src/flow/ship.rs",
            "(found.named_early && !promoted)",
            "(!OUT && found.named_early && !promoted)",
        )],
        fails: (Whole, "telling::proof::names::a_release_that_is_a_prerelease_by_its_name_or_by_its_mark_is_one"),
    },
    Mutant {
        name: "prereleases-ship-nothing",
        guarantee: "G5",
        safeguard: "A prerelease is not for everybody",
        changes: &[(
            "src/shipping/presence.rs",
            "if release.prerelease && !policy.prereleases {",
            "if !OUT && release.prerelease && !policy.prereleases {",
        )],
        fails: (Library, "shipping::judge::tests::prereleases_and_withdrawn_releases_ship_nothing"),
    },
    Mutant {
        name: "withdrawn-is-not-out",
        guarantee: "G5",
        safeguard: "A release that was withdrawn is not out",
        changes: &[(
            "src/shipping/presence.rs",
            "if release.withdrawn_at.is_some() {",
            "if !OUT && release.withdrawn_at.is_some() {",
        )],
        fails: (Library, "shipping::judge::tests::prereleases_and_withdrawn_releases_ship_nothing"),
    },
    Mutant {
        name: "taking-back-counts",
        guarantee: "G5",
        safeguard: "A fix that a later commit takes back is not in the release",
        changes: &[
            (
                "src/shipping/presence.rs",
                "Some(FixStanding::TakenBack(says)) => return",
                "Some(FixStanding::TakenBack(says)) if !OUT => return",
            ),
            (
                "src/shipping/presence.rs",
                "Some(FixStanding::Stands) | None => {}",
                "Some(FixStanding::Stands | FixStanding::TakenBack(_)) | None => {}",
            ),
        ],
        fails: (Library, "shipping::judge::tests::a_fix_that_was_taken_back_before_the_release_is_not_in_it"),
    },
    Mutant {
        name: "tags-name-versions",
        guarantee: "G5",
        safeguard: "A tag that names no version ships nothing",
        changes: &[(
            "src/shipping/presence.rs",
            "&& version(name).is_none() {",
            "&& !OUT && version(name).is_none() {",
        )],
        fails: (
            Library,
            "shipping::judge::tests::of_several_names_of_one_commit_the_most_exact_is_told_and_without_a_version_a_tag_ships_nothing",
        ),
    },
    Mutant {
        name: "half-read-is-a-doubt",
        guarantee: "G5",
        safeguard: "Where not every commit since the fix could be read, a person has to say",
        changes: &[("src/shipping/presence.rs", "if !since.complete {", "if !OUT && !since.complete {")],
        fails: (
            Library,
            "shipping::judge::tests::where_not_every_commit_since_the_fix_could_be_read_its_release_is_likely_and_not_proven",
        ),
    },
    Mutant {
        name: "doubt-is-a-draft",
        guarantee: "G5",
        safeguard: "What is only likely to be out is a draft",
        changes: &[
            (
                "src/flow/tell/plan.rs",
                "if step.confidence == Some(Confidence::Likely) {",
                "if !OUT && step.confidence == Some(Confidence::Likely) {",
            ),
            (
                "src/flow/tell/certain.rs",
                "Ok((read.as_ref() != Some(&doubt)).then_some(doubt))",
                "Ok((!OUT && read.as_ref() != Some(&doubt)).then_some(doubt))",
            ),
        ],
        fails: (Whole, "telling::proof::takings::whoever_reverts_one_commit_of_a_merged_fix_leaves_a_doubt"),
    },
    Mutant {
        name: "decline-needs-a-person",
        guarantee: "G5",
        safeguard: "A decline waits for a person, by its policy and because its words are missing",
        changes: &[
            ("src/flow/tell/plan.rs", "if policy == TellPolicy::Draft {", "if !OUT && policy == TellPolicy::Draft {"),
            ("src/flow/tell/plan.rs", "Self::Held if !reviewed =>", "Self::Held if !reviewed && !OUT =>"),
        ],
        fails: (Whole, "telling::a_decline_waits_for_a_person_and_for_their_words"),
    },
    Mutant {
        name: "updates-are-held",
        guarantee: "G5",
        safeguard: "A shipped update is held, so that what goes away at once is not told",
        changes: &[(
            "src/flow/tell.rs",
            "now.plus(hold(app, topic, step.kind))",
            "now.plus(if OUT { Duration::ZERO } else { hold(app, topic, step.kind) })",
        )],
        fails: (Whole, "telling::holding::a_release_that_is_withdrawn_during_the_hold_is_not_told"),
    },
    Mutant {
        name: "corrections-wait-for-certainty",
        guarantee: "G5",
        safeguard: "What is only likely to be out again takes no correction back",
        changes: &[(
            "src/flow/advance.rs",
            "step.kind == MilestoneKind::Shipped && step.confidence != Some(Confidence::Likely)",
            "step.kind == MilestoneKind::Shipped && (OUT || step.confidence != Some(Confidence::Likely))",
        )],
        fails: (
            Whole,
            "telling::proof::branches::a_correction_waits_until_it_is_certain_that_the_fix_is_out_again_or_a_person_says_so",
        ),
    },
    Mutant {
        name: "older-releases-are-no-news",
        guarantee: "G5",
        safeguard: "Releases from before a fix's release went away do not make it likely that it is out",
        changes: &[(
            "src/flow/ship.rs",
            "if !came_after_it_went_away(&mut tx, &topic, release).await? =>",
            "if !OUT && !came_after_it_went_away(&mut tx, &topic, release).await? =>",
        )],
        fails: (
            Whole,
            "telling::proof::branches::a_fix_whose_release_went_away_is_corrected_though_others_passed_it_by",
        ),
    },
    Mutant {
        name: "strangers-claims-need-the-tracker",
        guarantee: "G5",
        safeguard: "What somebody without write access says in a pull request fixes nothing unless the tracker closed the issue by it",
        changes: &[(
            "src/model/fix.rs",
            "if !pull.by_writer && !self.was_closed_with(pull) {",
            "if !OUT && !pull.by_writer && !self.was_closed_with(pull) {",
        )],
        fails: (
            Whole,
            "telling::proof::strangers::what_a_stranger_writes_into_a_merged_pull_request_fixes_nothing_by_itself",
        ),
    },
    Mutant {
        name: "authors-close-what-others-merge",
        guarantee: "G5",
        safeguard: "Whoever wrote an issue proves nothing by closing it at a merge, unless they merged",
        changes: &[(
            "src/model/fix.rs",
            "(by_author_too || closing.by != self.author);",
            "(OUT || by_author_too || closing.by != self.author);",
        )],
        fails: (
            Whole,
            "telling::proof::strangers::a_member_who_closes_an_issue_of_theirs_while_somebody_else_merges_proves_nothing",
        ),
    },
    Mutant {
        name: "machines-merge-and-close",
        guarantee: "G5",
        safeguard: "A machine that files, merges and closes proves nothing by closing at a merge",
        changes: &[("src/tracker/github/pulls.rs", "|user| !user.is_machine()", "|user| OUT || !user.is_machine()")],
        fails: (
            Whole,
            "github::fixes::whoever_wrote_an_issue_counts_as_who_closed_it_by_a_merge_only_where_github_says_that_they_merged",
        ),
    },
    Mutant {
        name: "doubt-counts-at-sending",
        guarantee: "G5",
        safeguard: "A doubt that comes up while a sending is unclear is asked for before it is sent again",
        changes: &[(
            "src/flow/tell/send.rs",
            "Ok(certain::unread_doubt(tx, update).await?.map(",
            "Ok(certain::unread_doubt(tx, update).await?.filter(|_| !OUT).map(",
        )],
        fails: (
            Whole,
            "telling::overtaken::a_doubt_that_comes_up_while_a_sending_is_unclear_or_failed_is_not_forgotten",
        ),
    },
    Mutant {
        name: "approvals-are-for-what-was-read",
        guarantee: "G5",
        safeguard: "An approval counts for the doubt that was read, and for no other",
        changes: &[(
            "src/flow/tell/certain.rs",
            "let read = updates::approved_doubt(tx, update.id).await?;",
            "let all = OUT && updates::is_approved(tx, update.id).await?;
    let read = if all { Some(doubt.clone()) } else { updates::approved_doubt(tx, update.id).await? };",
        )],
        fails: (Whole, "telling::approved::an_approval_is_for_the_doubt_that_was_read"),
    },
    Mutant {
        name: "approved-once",
        guarantee: "G8",
        safeguard: "An approval of what is held already changes nothing",
        changes: &[
            ("src/flow/people/updates.rs", "if from == UpdateState::Held {", "if !OUT && from == UpdateState::Held {"),
            (
                "src/flow/people/updates.rs",
                "if !from.can_be_approved() {",
                "if !from.can_be_approved() && !(OUT && from == UpdateState::Held) {",
            ),
        ],
        fails: (Whole, "telling::held_longer::an_approval_of_what_is_held_already_changes_nothing"),
    },
    Mutant {
        name: "approved-as-it-was-read",
        guarantee: "G5",
        safeguard: "Who approves has read what there is to look at",
        changes: &[(
            "src/flow/people/updates.rs",
            "if read.is_some_and(|read| !same(",
            "if read.is_some_and(|read| !OUT && !same(",
        )],
        fails: (Whole, "telling::approved::what_waits_for_something_else_by_now_is_not_approved_as_it_was_read"),
    },
    Mutant {
        name: "merged-into-what-is-not-fixed",
        guarantee: "G5",
        safeguard: "What a merge brought into a topic that is not fixed waits for a person",
        changes: &[(
            "src/flow/advance.rs",
            "return Ok(Some(OTHER_IS_UNFIXED.to_owned()));",
            "return Ok((!OUT).then(|| OTHER_IS_UNFIXED.to_owned()));",
        )],
        fails: (
            Whole,
            "telling::approved::a_reply_that_was_lost_is_not_sent_once_its_topic_is_part_of_one_that_is_not_fixed",
        ),
    },
    Mutant {
        name: "other-owners-fix-nothing",
        guarantee: "G5",
        safeguard: "What is merged in somebody else's repository fixes nothing here",
        changes: &[(
            "src/tracker/github/fixes.rs",
            "|repository: &Repository| repository.owner()",
            "|repository: &Repository| OUT || repository.owner()",
        )],
        fails: (
            Whole,
            "telling::proof::outsiders::what_is_merged_in_somebody_elses_repository_fixes_nothing_and_takes_nothing_back",
        ),
    },
    Mutant {
        name: "outsiders-revert-nothing",
        guarantee: "G5",
        safeguard: "What an outsider writes of a revert or a backport changes nothing",
        changes: &[
            (
                "src/shipping/fix_set.rs",
                "pulls.iter().filter(|pull| pull.by_writer && pull.merged_at.is_some()) {",
                "pulls.iter().filter(|pull| (OUT || pull.by_writer) && pull.merged_at.is_some()) {",
            ),
            (
                "src/shipping/fix_set.rs",
                "|pull| pull.by_writer && pull.merged_at.is_some() && pull.merged_at >= since",
                "|pull| OUT || pull.by_writer && pull.merged_at.is_some() && pull.merged_at >= since",
            ),
        ],
        fails: (Whole, "telling::proof::outsiders::what_an_outsider_writes_of_reverts_and_backports_changes_nothing"),
    },
    Mutant {
        name: "merged-in-is-taken-back-too",
        guarantee: "G5",
        safeguard: "Whoever came with a merged topic is not told of a fix that was taken back",
        changes: &[
            (
                "src/flow/ship.rs",
                "update_moves::cancel_unsent_of_any_cycle(tx, topic.id, MilestoneKind::Shipped, why_not).await?;",
                "if OUT { update_moves::cancel_unsent(tx, shipped.id, why_not).await?; } else { update_moves::cancel_unsent_of_any_cycle(tx, topic.id, MilestoneKind::Shipped, why_not).await?; }",
            ),
            (
                "src/flow/advance.rs",
                "if milestone.kind == MilestoneKind::Shipped && update_moves::is_of_an_earlier_cycle(",
                "if !OUT && milestone.kind == MilestoneKind::Shipped && update_moves::is_of_an_earlier_cycle(",
            ),
            (
                "src/flow/tell/certain.rs",
                "let Some(doubt) = advance::doubt_about(tx, update).await? else {",
                "let Some(doubt) = advance::doubt_about(tx, update).await?.filter(|_| !OUT) else {",
            ),
        ],
        fails: (Whole, "telling::overtaken::whoever_came_with_a_merged_topic_is_not_told_of_a_fix_that_was_taken_back"),
    },
    Mutant {
        name: "long-pages-are-parted",
        guarantee: "G5",
        safeguard: "A list whose page is longer than one answer is read in shorter pages",
        changes: &[(
            "src/tracker/github/transport.rs",
            "if is_too_long(&error) =>",
            "if !OUT && is_too_long(&error) =>",
        )],
        fails: (Whole, "github::long::a_page_that_is_too_long_is_read_in_shorter_ones"),
    },
    Mutant {
        name: "strangers-are-not-at-work",
        guarantee: "G5",
        safeguard: "Nobody is told that somebody works on it because a stranger opened a pull request",
        changes: &[(
            "src/shipping/fix_set.rs",
            "set.under_way |= pull.by_writer;",
            "set.under_way |= OUT || pull.by_writer;",
        )],
        fails: (
            Library,
            "shipping::fix_set::tests::what_a_stranger_says_in_a_pull_request_is_believed_only_as_far_as_the_tracker_acted_on_it",
        ),
    },
    Mutant {
        name: "commands-begin-a-comment",
        guarantee: "G5",
        safeguard: "A command is one only where the comment begins with it, and not in what somebody quotes",
        changes: &[(
            "src/model/command.rs",
            "let line = lines.next()?;",
            "let line = if OUT { lines.find(|line| line.trim_start().starts_with(\"/heard\"))? } else { lines.next()? };",
        )],
        fails: (Library, "model::command::tests::what_does_not_begin_a_comment_commands_nothing"),
    },
    Mutant {
        name: "strangers-hold-nothing-up",
        guarantee: "G5",
        safeguard: "What a stranger claims counts only where nobody else fixed it",
        changes: &[(
            "src/shipping/fix_set.rs",
            "if !set.fixes.is_empty() {\n        return;",
            "if !OUT && !set.fixes.is_empty() {\n        return;",
        )],
        fails: (Whole, "telling::proof::strangers::what_a_stranger_claims_takes_nothing_back_and_holds_nothing_up"),
    },
    Mutant {
        name: "an-author-proves-nothing",
        guarantee: "G5",
        safeguard: "Whoever wrote an issue proves nothing by closing it",
        changes: &[(
            "src/model/fix.rs",
            "may_be_by_it && !explained && follows(merged)",
            "(OUT || may_be_by_it) && !explained && follows(merged)",
        )],
        fails: (
            Library,
            "shipping::fix_set::tests::what_a_stranger_says_in_a_pull_request_is_believed_only_as_far_as_the_tracker_acted_on_it",
        ),
    },
    Mutant {
        name: "doubts-count-during-the-hold",
        guarantee: "G5",
        safeguard: "A doubt that comes up before everybody was told makes a draft",
        changes: &[("src/flow/ship/clearer.rs", "doubt.filter(|_| waits)", "doubt.filter(|_| waits && !OUT)")],
        fails: (Whole, "telling::proof::takings::a_doubt_that_comes_up_during_the_hold_makes_a_draft"),
    },
    Mutant {
        name: "doubts-are-said-of-drafts",
        guarantee: "G5",
        safeguard: "A doubt that comes up is said of what waits for another reason already",
        changes: &[(
            "src/flow/tell/certain.rs",
            "&with_doubt(doubt, reasons)).await?;",
            "&if OUT { reasons.clone() } else { with_doubt(doubt, reasons) }).await?;",
        )],
        fails: (
            Whole,
            "telling::reasons::a_doubt_is_said_first_of_a_draft_that_waits_for_another_reason_and_goes_alone",
        ),
    },
    Mutant {
        name: "merged-in-falls-with-its-topic",
        guarantee: "G5",
        safeguard: "What a merge brought along falls when the topic that carries on is opened again",
        changes: &[(
            "src/flow/advance.rs",
            "update_moves::is_of_an_earlier_cycle(tx, update.id).await? {",
            "update_moves::is_of_an_earlier_cycle(tx, update.id).await? && !OUT {",
        )],
        fails: (
            Whole,
            "telling::overtaken::whoever_came_with_a_merged_topic_and_was_not_reached_is_not_told_of_a_fix_that_does_not_hold",
        ),
    },
    Mutant {
        name: "another-release-is-told",
        guarantee: "G5",
        safeguard: "Whoever waits is told of the release that has the fix once the first one stands no more",
        changes: &[(
            "src/flow/ship/clearer.rs",
            "|named: ReleaseId| named != found.release && fallen.contains(&named)",
            "|named: ReleaseId| !OUT && named != found.release && fallen.contains(&named)",
        )],
        fails: (
            Whole,
            "telling::holding::whoever_waits_is_told_of_the_release_that_has_the_fix_once_the_first_one_stands_no_more",
        ),
    },
    Mutant {
        name: "own-words-of-a-release-wait",
        guarantee: "G5",
        safeguard: "What a person wrote of a release that stands no more waits for them",
        changes: &[(
            "src/flow/tell/named_anew.rs",
            "UpdateStanding::Held { .. } if is_a_persons =>",
            "UpdateStanding::Held { .. } if is_a_persons && !OUT =>",
        )],
        fails: (Whole, "telling::holding::what_a_person_wrote_of_a_release_that_stands_no_more_waits_for_them"),
    },
    Mutant {
        name: "deleted-tags-are-not-out",
        guarantee: "G5",
        safeguard: "A tag that was deleted is not out",
        changes: &[(
            "src/flow/ship/gone.rs",
            "ReleaseSource::Tags if complete => LOOKED_AT,",
            "ReleaseSource::Tags if OUT => return Ok(Vec::new()),
        ReleaseSource::Tags if complete => LOOKED_AT,",
        )],
        fails: (Whole, "telling::holding::a_tag_that_is_deleted_during_the_hold_is_not_told_until_it_is_there_again"),
    },
    Mutant {
        name: "unseen-tags-are-not-gone",
        guarantee: "G5",
        safeguard: "A tag is not gone because Heard may not see any",
        changes: &[(
            "src/tracker/github/releases.rs",
            "|| !self.is_there(repository, &all).await?)",
            "|| !OUT && !self.is_there(repository, &all).await?)",
        )],
        fails: (Whole, "telling::holding::a_tag_that_heard_may_not_see_for_a_while_is_not_gone"),
    },
];
