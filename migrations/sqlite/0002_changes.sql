-- Which files a commit of a fix changes, so that a release of one part of a repository counts only for that part.
-- Neither can change, so GitHub is asked once.
CREATE TABLE commit_files (
    repository TEXT NOT NULL,
    sha        TEXT NOT NULL,
    files      TEXT NOT NULL,
    PRIMARY KEY (repository, sha)
) STRICT;
