# docker build -t headwater . && docker run -p 1935:1935 -p 8080:8080 -p 127.0.0.1:8090:8090 -v headwater:/data headwater

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY player ./player
COPY scripts ./scripts
RUN npm run build && npx tsc -p scripts/tsconfig.build.json
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ffmpeg tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 700 /data /recordings
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY config ./config
COPY docs/runbooks ./docs/runbooks
COPY scripts/headwater.js ./scripts/headwater.js
# Control listens on all addresses of the container; publish its port on the host's loopback only, as above.
ENV NODE_ENV=production \
  HEADWATER_DATA_DIR=/data \
  HEADWATER_RECORDINGS_DIR=/recordings \
  HEADWATER_WATERMARKS_DIR=/data/watermarks \
  HEADWATER_SLATES_DIR=/data/slates \
  HEADWATER_CONTROL_HOST=0.0.0.0
USER node
VOLUME ["/data", "/recordings"]
EXPOSE 1935 1936 8080 8443 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEADWATER_CONTROL_PORT || 8090}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "scripts/headwater.js"]
CMD ["serve", "--banner"]
