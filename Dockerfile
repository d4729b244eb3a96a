# Builds fastgw with a compiler, runs it without one, as a user that owns nothing.
FROM python:3.13-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE MANIFEST.in ./
COPY src src
RUN python -m venv /opt/fastgw && /opt/fastgw/bin/pip install --no-cache-dir '.[azure]'

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/fastgw --create-home --shell /usr/sbin/nologin fastgw
COPY --from=build /opt/fastgw /opt/fastgw
ENV PATH=/opt/fastgw/bin:$PATH \
    FASTGW_DATA_DIR=/var/lib/fastgw \
    FASTGW_LISTEN=http://0.0.0.0:8080 \
    FASTGW_MANAGEMENT=https://127.0.0.1:8081
USER fastgw
WORKDIR /etc/fastgw
EXPOSE 8080
# Asks the management address, which stays on loopback: 200 while configuration is loaded and a worker serves.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "\
import os, ssl, urllib.request as u; \
u.urlopen(os.environ['FASTGW_MANAGEMENT'] + '/readyz', timeout=2, context=ssl._create_unverified_context())"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["fastgw"]
CMD ["serve", "/etc/fastgw"]
