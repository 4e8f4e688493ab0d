//! The API for commits, comparisons, branches, tags and git objects.

use serde_json::{Value, json};

use super::answers::{invalid, not_found, page_of, paged, with_links};
use super::commits::Commit;
use super::issue::Issue;
use super::repository::RepositoryState;
use super::state::{GithubActor, GithubState};
use crate::message::{Request, Response};

impl GithubState {
    pub(super) fn code_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        what: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let repo = &self.repos[&repo_id];
        match (request.method.as_str(), what) {
            ("GET", ["compare", rest @ ..]) => self.compare(request, repo, &rest.join("/")),
            ("GET", ["commits"]) => {
                let tip = repo.history.resolve(request.parameter("sha").unwrap_or(&repo.default_branch));
                let log = tip.map(|tip| repo.history.log(&tip.sha)).unwrap_or_default();
                paged(&self.base, request, log.into_iter().map(|commit| self.commit_json(repo, commit)).collect())
            }
            ("GET", ["commits", sha, "pulls"]) => match repo.history.resolve(sha).map(|commit| commit.sha.clone()) {
                Some(sha) => paged(&self.base, request, self.pulls_with(repo, &sha)),
                None => Response::json(422, &json!({"message": format!("No commit found for SHA: {sha}")})),
            },
            ("GET", ["commits", name @ ..]) => self.commit_answer(repo, &name.join("/")),
            ("GET", ["tags"]) => {
                let address = |sha: &str| format!("{}/commits/{sha}", repo.url(&self.base));
                let tags = repo.history.tags.iter().rev();
                let list = tags.map(|(name, tag)| {
                    json!({"name": name, "node_id": "", "commit": {"sha": tag.commit, "url": address(&tag.commit)},
                        "tarball_url": format!("{}/tarball/{name}", repo.url(&self.base)),
                        "zipball_url": format!("{}/zipball/{name}", repo.url(&self.base))})
                });
                paged(&self.base, request, list.collect())
            }
            ("GET", ["branches", name @ ..]) => match repo.history.branches.get(&name.join("/")) {
                Some(sha) => {
                    let commit = repo.history.get(sha).map(|commit| self.commit_json(repo, commit));
                    Response::json(200, &json!({"name": name.join("/"), "commit": commit, "protected": false}))
                }
                None => not_found(),
            },
            (_, ["git", rest @ ..]) => self.git_route(request, repo_id, rest, body, actor),
            _ => not_found(),
        }
    }

    fn compare(&self, request: &Request, repo: &RepositoryState, range: &str) -> Response {
        let Some((base, head)) = range.split_once("...") else {
            return not_found();
        };
        let Some(comparison) = repo.history.compare(base, head) else {
            return not_found();
        };
        let shown = |sha: &str| repo.history.get(sha).map(|commit| self.commit_json(repo, commit));
        let (page, size) = page_of(request);
        let commits: Vec<Value> = comparison
            .ahead
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .filter_map(|sha| shown(sha))
            .collect();
        let url = format!("{}/compare/{range}", repo.url(&self.base));
        let body = json!({
            "url": url,
            "html_url": format!("{}/compare/{range}", repo.html_url(&self.base)),
            "permalink_url": format!("{}/compare/{range}", repo.html_url(&self.base)),
            "diff_url": format!("{url}.diff"),
            "patch_url": format!("{url}.patch"),
            "base_commit": shown(&comparison.base),
            "merge_base_commit": comparison.merge_base.as_deref().and_then(shown),
            "status": comparison.status(),
            "ahead_by": comparison.ahead.len(),
            "behind_by": comparison.behind,
            "total_commits": comparison.ahead.len(),
            "commits": commits,
            "files": [],
        });
        with_links(Response::json(200, &body), &self.base, request, comparison.ahead.len())
    }

    fn commit_answer(&self, repo: &RepositoryState, name: &str) -> Response {
        let Some(commit) = repo.history.resolve(name) else {
            return Response::json(422, &json!({"message": format!("No commit found for SHA: {name}")}));
        };
        let mut shown = self.commit_json(repo, commit);
        shown["files"] = json!(self.files_json(repo, &commit.files, &commit.sha));
        shown["stats"] = json!({"additions": 1, "deletions": 1, "total": 2});
        Response::json(200, &shown)
    }

    /// Pull requests that contain this commit or whose merge it is.
    fn pulls_with(&self, repo: &RepositoryState, sha: &String) -> Vec<Value> {
        let of = |issue: &&Issue| {
            issue.pull.as_ref().is_some_and(|pull| {
                pull.commits.contains(sha) || (pull.merged_at.is_some() && pull.merge_commit_sha.as_ref() == Some(sha))
            })
        };
        repo.issues.values().filter(of).filter_map(|issue| self.listed_pull_json(repo, issue)).collect()
    }

    fn git_route(
        &mut self,
        request: &Request,
        repo_id: u64,
        rest: &[&str],
        body: &Value,
        actor: &GithubActor,
    ) -> Response {
        let repo = &self.repos[&repo_id];
        match (request.method.as_str(), rest) {
            ("GET", ["ref", name @ ..]) => match self.reference(repo, &name.join("/")) {
                Some(reference) => Response::json(200, &reference),
                None => not_found(),
            },
            ("GET", ["refs" | "matching-refs", prefix @ ..]) => {
                let prefix = prefix.join("/");
                let heads = repo.history.branches.keys().map(|name| format!("heads/{name}"));
                let names = heads.chain(repo.history.tags.keys().map(|name| format!("tags/{name}")));
                let matching = names.filter(|name| name.starts_with(&prefix));
                paged(&self.base, request, matching.filter_map(|name| self.reference(repo, &name)).collect())
            }
            ("GET", ["tags", object]) => {
                let tag = repo.history.tags.iter().find(|(_, tag)| tag.object.as_deref() == Some(object));
                match tag {
                    Some((name, tag)) => {
                        let target = json!({"sha": tag.commit, "type": "commit"});
                        Response::json(200, &json!({"tag": name, "sha": object, "message": name, "object": target}))
                    }
                    None => not_found(),
                }
            }
            ("GET", ["commits", sha]) => match repo.history.get(sha) {
                Some(commit) => {
                    let parents: Vec<Value> = commit.parents.iter().map(|sha| json!({"sha": sha})).collect();
                    let tree = json!({"sha": commit.sha});
                    Response::json(
                        200,
                        &json!({"sha": sha, "message": commit.message, "tree": tree, "parents": parents}),
                    )
                }
                None => not_found(),
            },
            ("POST", ["trees"]) => {
                let files = body["tree"].as_array().into_iter().flatten().filter_map(|file| file["path"].as_str());
                let tree = hex::encode(files.collect::<Vec<_>>().join("\n"));
                Response::json(201, &json!({"sha": tree, "tree": []}))
            }
            ("POST", ["commits"]) => self.bare_commit(repo_id, body, actor),
            ("POST", ["refs"]) => self.create_ref(repo_id, body, actor),
            ("PATCH", ["refs", "heads", name @ ..]) => {
                let name = name.join("/");
                let Some(sha) =
                    body["sha"].as_str().and_then(|sha| repo.history.get(sha)).map(|commit| commit.sha.clone())
                else {
                    return invalid("Reference", "sha", "invalid");
                };
                let before =
                    self.repos.get_mut(&repo_id).and_then(|repo| repo.history.branches.insert(name.clone(), sha));
                self.pushed(repo_id, &name, before.as_deref(), actor);
                self.reference(&self.repos[&repo_id], &format!("heads/{name}"))
                    .map_or_else(not_found, |reference| Response::json(200, &reference))
            }
            _ => not_found(),
        }
    }

    /// A commit made from git objects, as scripts make it. The tree's id encodes the paths that it touches.
    fn bare_commit(&mut self, repo_id: u64, body: &Value, actor: &GithubActor) -> Response {
        let now = self.now();
        let tree = body["tree"].as_str().and_then(|tree| hex::decode(tree).ok()).unwrap_or_default();
        let parents = body["parents"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let commit = Commit {
            sha: String::new(),
            parents: parents.collect(),
            message: body["message"].as_str().unwrap_or_default().to_owned(),
            author: actor.login.clone(),
            at: now,
            files: String::from_utf8_lossy(&tree).lines().map(str::to_owned).collect(),
        };
        let Some(repo) = self.repos.get_mut(&repo_id) else {
            return not_found();
        };
        if commit.parents.iter().any(|parent| repo.history.get(parent).is_none()) {
            return invalid("Commit", "parents", "invalid");
        }
        let sha = repo.history.commit(&repo.name, commit);
        Response::json(201, &json!({"sha": sha}))
    }

    fn create_ref(&mut self, repo_id: u64, body: &Value, actor: &GithubActor) -> Response {
        let (Some(name), Some(sha)) = (body["ref"].as_str(), body["sha"].as_str()) else {
            return invalid("Reference", "ref", "missing_field");
        };
        let Some(short) = name.strip_prefix("refs/") else {
            return invalid("Reference", "ref", "invalid");
        };
        let repo = &self.repos[&repo_id];
        if self.reference(repo, short).is_some() {
            return Response::json(422, &json!({"message": "Reference already exists"}));
        }
        if repo.history.get(sha).is_none() {
            return Response::json(422, &json!({"message": "Object does not exist"}));
        }
        if let Some(tag) = short.strip_prefix("tags/") {
            self.tag(repo_id, tag, sha, false, actor);
        } else if let Some(branch) = short.strip_prefix("heads/") {
            if let Some(repo) = self.repos.get_mut(&repo_id) {
                repo.history.branches.insert(branch.to_owned(), sha.to_owned());
            }
            self.pushed(repo_id, branch, None, actor);
        }
        self.reference(&self.repos[&repo_id], short).map_or_else(not_found, |reference| Response::json(201, &reference))
    }

    fn reference(&self, repo: &RepositoryState, short: &str) -> Option<Value> {
        let (kind, sha) = if let Some(tag) = short.strip_prefix("tags/") {
            let tag = repo.history.tags.get(tag)?;
            tag.object.as_ref().map_or(("commit", &tag.commit), |object| ("tag", object))
        } else {
            ("commit", repo.history.branches.get(short.strip_prefix("heads/")?)?)
        };
        let place = if kind == "tag" { "tags" } else { "commits" };
        let url = format!("{}/git/{place}/{sha}", repo.url(&self.base));
        Some(json!({
            "ref": format!("refs/{short}"),
            "node_id": "",
            "url": format!("{}/git/refs/{short}", repo.url(&self.base)),
            "object": {"sha": sha, "type": kind, "url": url},
        }))
    }
}
