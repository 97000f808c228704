# One container, one folder of state:
#
#   docker build -t shisaku .
#   docker run -p 8000:8000 -v shisaku-data:/data -e SHISAKU_PUBLIC_URL=https://data.example.jp shisaku
#
# The public address is recorded at the first start. Without SHISAKU_PUBLIC_URL it becomes
# http://127.0.0.1:8000: right for a try on one machine with that very port, wrong for everything else.
# Later `docker exec … shisaku rebase URL` changes it, followed by a restart.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /srv/shisaku

# The same two installations as in scripts/environment.sh; the first is kept while the lock stays as it is.
COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY catalog catalog
COPY datasets datasets
COPY vocab vocab
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation -e .

RUN groupadd --system --gid 10001 shisaku \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home shisaku \
    && install --directory --owner 10001 --group 10001 /data
ENV SHISAKU_DATA_DIR=/data
VOLUME /data
USER 10001:10001

EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

# The command of scripts/serve, with the container's own Python; a test compares the two.
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0", "--port", "8000"]
