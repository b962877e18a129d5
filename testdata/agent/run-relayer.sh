#!/bin/sh
docker run -d --env-file .env \
  -e CONFIG_FILES=/config/agent-config.json \
  --mount type=bind,source="$(pwd)"/agent-config.json,target=/config/agent-config.json,readonly \
  gcr.io/abacus-labs-dev/hyperlane-agent:agents-v1.4.0 \
  ./relayer \
  --db /hyperlane_db \
  --relayChains base,optimism \
  --allowLocalCheckpointSyncers false \
  --defaultSigner.type aws \
  --defaultSigner.id alias/hyperlane-relayer-signer-base \
  --defaultSigner.region eu-west-1
