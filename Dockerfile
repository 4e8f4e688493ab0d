# syntax=docker/dockerfile:1
# One binary on a small Debian. The folder /var/lib/heard is the volume: the SQLite database lies there, and heard.toml
# is read from there where it exists.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release && cp target/release/heard /heard

FROM debian:bookworm-slim
# Certificates for calls to GitHub and the helpdesks; time zones for quiet hours.
RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/heard --create-home --shell /usr/sbin/nologin heard
COPY --from=build /heard /usr/local/bin/heard
COPY LICENSE /usr/share/doc/heard/LICENSE
# The word lists in the program have a licence of their own.
COPY assets/words/NOTICE.md /usr/share/doc/heard/words.md

USER 10001
WORKDIR /var/lib/heard
VOLUME /var/lib/heard
ENV HEARD_LISTEN=0.0.0.0:8080 \
    HEARD_DATABASE=sqlite:/var/lib/heard/heard.db
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["heard", "check", "--alive"]
ENTRYPOINT ["heard"]
CMD ["serve"]
