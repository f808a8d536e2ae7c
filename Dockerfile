# The image of the services web, projector and load.
FROM python:3.11-slim
WORKDIR /app
# The library for the PDF of evidence packs.
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 \
    libharfbuzz-subset0 fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
# A volume that is mounted on this folder belongs to the user too.
RUN useradd --create-home fundtrail && install --directory --owner=fundtrail --mode=700 /srv/fundtrail /srv/key
COPY requirements.lock .
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation -e .
USER fundtrail
ENTRYPOINT ["fundtrail"]
