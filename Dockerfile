# Built with the command that the README gives, then only the program is kept.
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY package.json bun.lock bunfig.toml ./
RUN npx -y bun@1.4.5 install --frozen-lockfile
COPY tsconfig.json ./
COPY drizzle drizzle
COPY src src
RUN npx -y bun@1.4.5 run build

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data headend && install -d -o headend -g headend -m 0700 /data
COPY --from=build /src/dist/headend /usr/local/bin/headend
USER headend
WORKDIR /data
ENV HEADEND_DATA=/data
VOLUME /data
EXPOSE 8080 4000 3000 7070 5000
# The console stays on loopback inside the container, which is where this asks.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# The program itself is process 1 and hears the signal of `docker stop`.
ENTRYPOINT ["headend"]
CMD ["serve"]
