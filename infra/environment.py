"""Every function's environment: `tellal.config.Settings` is its other end."""

import json
from collections.abc import Mapping

from infra.access import MAY
from infra.data_stack import DataStack
from infra.deployment import Deployment


def environment(*, data: DataStack, deployment: Deployment) -> Mapping[str, str]:
    tables = {name: table.table_name for name, table in data.tables.items()}
    return {
        "STAGE": deployment.stage,
        "TABLES": json.dumps(tables),
        "PREPARE_QUEUE_URL": data.queues["prepare"].queue_url,
        "PUBLISH_QUEUE_URL": data.queues["publish"].queue_url,
        "INBOX_QUEUE_URL": data.queues["inbox"].queue_url,
        "DEAD_LETTER_QUEUE_URLS": json.dumps([queue.queue_url for queue in data.dead_letters]),
        "MEDIA_BUCKET": data.buckets["media"].bucket_name,
        "ARCHIVE_BUCKET": data.buckets["archive"].bucket_name,
        "REPORTS_BUCKET": data.buckets["reports"].bucket_name,
        "FUNCTION_NAMES": json.dumps([deployment.named(name) for name in MAY]),
        "KEY_ID": data.key.key_id,
        "EVENT_BUS": data.bus.event_bus_name,
        "API_URL": data.api_url,
        "REPORT_SENDER": deployment.report_sender or "",
        "PLATFORM_HOSTS": deployment.platform_hosts,
        "PLATFORM_SETTINGS": deployment.platform_settings,
        "TIMING": deployment.timing,
        "ALLOW_LOOPBACK": json.dumps(deployment.allow_loopback),
    }
