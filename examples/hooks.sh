#!/bin/sh
# What other servers tell Headend, by curl: a media server that a stream is on or off (nginx-rtmp), Overseerr that a
# request was approved or is there, and a download client how far it is.
#
#   KEY=$(bun run --silent headend key add hooks --scope live,requests) examples/hooks.sh WHAT ...
#
# The URLs are those of `bun start`; LIVE and REQUESTS say others.
set -eu

LIVE=${LIVE:-http://localhost:7070}
REQUESTS=${REQUESTS:-http://localhost:4000}
: "${KEY:?an API key with the scopes live and requests}"

# nginx-rtmp posts forms and can send no header, so the key is in the URL. In nginx.conf:
#   on_publish      http://127.0.0.1:7070/internal/nginx-rtmp?api_key=KEY;
#   on_publish_done http://127.0.0.1:7070/internal/nginx-rtmp?api_key=KEY;
nginx_rtmp() { # publish|publish_done STREAM
  curl --fail-with-body -sS "$LIVE/internal/nginx-rtmp?api_key=$KEY" -d "call=$1" --data-urlencode "name=$2"
}

# Overseerr and Seerr: Settings, Notifications, Webhook. URL: $REQUESTS/api/v1/webhooks/overseerr,
# Authorization Header: Bearer KEY, JSON Payload: as it stands there.
overseerr() { # MEDIA_APPROVED|MEDIA_DECLINED|MEDIA_AVAILABLE|MEDIA_FAILED movie|tv TMDB_ID
  curl --fail-with-body -sS "$REQUESTS/api/v1/webhooks/overseerr" -H "Authorization: Bearer $KEY" \
    -H "Content-Type: application/json" \
    -d "{\"notification_type\":\"$1\",\"media\":{\"media_type\":\"$2\",\"tmdbId\":\"$3\"}}"
}

# The script that a download client runs as it goes on.
download() { # REQUEST_ID BYTES_SO_FAR BYTES_IN_ALL
  curl --fail-with-body -sS -X PUT "$REQUESTS/api/v1/media/requests/$1/download" -H "X-API-Key: $KEY" \
    -H "Content-Type: application/json" -d "{\"downloadId\":\"$1\",\"downloadedBytes\":$2,\"totalBytes\":$3}"
}

case ${1:-} in
  nginx-rtmp) nginx_rtmp "$2" "$3" ;;
  overseerr) overseerr "$2" "$3" "$4" ;;
  download) download "$2" "$3" "$4" ;;
  *)
    echo "usage: hooks.sh nginx-rtmp publish|publish_done STREAM" >&2
    echo "       hooks.sh overseerr MEDIA_APPROVED|MEDIA_DECLINED|MEDIA_AVAILABLE|MEDIA_FAILED movie|tv TMDB_ID" >&2
    echo "       hooks.sh download REQUEST_ID BYTES_SO_FAR BYTES_IN_ALL" >&2
    exit 2
    ;;
esac
echo
