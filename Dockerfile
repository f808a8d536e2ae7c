# The image of the services web, projector and load.
FROM python:3.11-slim
WORKDIR /app
RUN useradd --create-home fundtrail
COPY requirements.lock .
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation -e .
USER fundtrail
ENTRYPOINT ["fundtrail"]
