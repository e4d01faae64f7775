# The gateway. `docker compose up` runs it with its servers; alone it runs on the embedded stack:
#   docker build --tag eventql .
#   docker run --publish 127.0.0.1:4000:4000 --env EVENTQL_ALLOW_ANONYMOUS=true --volume eventql:/data eventql
# Without EVENTQL_ALLOW_ANONYMOUS it starts only with authentication configured.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY schemas ./schemas
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
ENV EVENTQL_DATA=/data EVENTQL_HOST=0.0.0.0 EVENTQL_PORT=4000 EVENTQL_LOG_FORMAT=json
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=12 \
  CMD ["wget", "--quiet", "--output-document=-", "http://127.0.0.1:4000/readyz"]
ENTRYPOINT ["node", "--disable-warning=TimeoutNegativeWarning", "dist/main.js"]
CMD ["start"]
