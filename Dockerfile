# Two stages: what builds stays behind. The service runs as a user without rights, on a read-only file system if wanted:
#   docker run --read-only --tmpfs /tmp -v cds-data:/var/lib/cds-service -p 5000:5000 cds-service

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/cds-service
COPY requirements.lock ./
RUN /opt/cds-service/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY cds_service ./cds_service
COPY fhir_fixtures ./fhir_fixtures
RUN /opt/cds-service/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/cds-service --create-home cds-service
COPY --from=build /opt/cds-service /opt/cds-service
ENV PATH=/opt/cds-service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CDS_DATA_DIR=/var/lib/cds-service
VOLUME /var/lib/cds-service
USER 10001
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5000/healthz', timeout=2)"]
CMD ["cds-service", "serve", "--host", "0.0.0.0"]
