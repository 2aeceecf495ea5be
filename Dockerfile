# One image for `godwit api` and `godwit worker`. Debian, because Temporal's core is built against glibc.

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
# Dependencies first: their layer is kept for as long as the lock file stays the same.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production \
    GODWIT_HOST=0.0.0.0 \
    GODWIT_CONNECTIONS=/etc/godwit/connections.yaml \
    GODWIT_DATA_DIR=/var/lib/godwit \
    MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE ./
COPY deploy/docker/healthcheck.mjs deploy/docker/healthcheck.mjs
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/godwit \
 && install -d -o node -g node -m 0700 /var/lib/godwit
USER node
EXPOSE 4700 4701
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "/app/deploy/docker/healthcheck.mjs"]
# api or worker follows. Without GODWIT_TOKENS the API refuses to start here, since it binds every address.
ENTRYPOINT ["godwit"]
CMD ["--help"]
