"""The buckets: people's media, webhooks as they came, observations and reports.

Nothing in them is public; what others fetch is signed. Media are uploaded under `uploads/` and
copied to `media/` once a post has them, so that dropping what was never attached is one rule.
"""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.acknowledging import acknowledge
from infra.deployment import Deployment

UPLOADS_FROM_BROWSERS = s3.CorsRule(
    # The form is signed; where the page that sends it came from says nothing more.
    allowed_methods=[s3.HttpMethods.POST],
    allowed_origins=["*"],
    allowed_headers=["*"],
)


class Buckets(Construct):
    def __init__(self, scope: Construct, id: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id)
        self._deployment = deployment
        unattached = s3.LifecycleRule(prefix="uploads/", expiration=Duration.days(7))
        made = s3.LifecycleRule(prefix="renditions/", expiration=Duration.days(7))
        media = self._bucket("Media", rules=[unattached, made], cors=[UPLOADS_FROM_BROWSERS])
        month = s3.LifecycleRule(expiration=Duration.days(30))
        # Raw webhooks hold what people wrote: thirty days are thirty days, versions included.
        archive = self._bucket("Archive", rules=[month], versions_for=Duration.days(1))
        self.by_name = {"media": media, "archive": archive, "reports": self._bucket("Reports")}

    def _bucket(
        self,
        id: str,
        *,
        rules: list[s3.LifecycleRule] | None = None,
        cors: list[s3.CorsRule] | None = None,
        versions_for: Duration | None = None,
    ) -> s3.Bucket:
        tidy = s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=Duration.days(1),
            noncurrent_version_expiration=versions_for or Duration.days(30),
        )
        bucket = s3.Bucket(
            self,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=self._deployment.refuses_plain_http,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=[tidy, *(rules or [])],
            cors=cors,
            removal_policy=self._deployment.removal_policy,
        )
        acknowledge(bucket, "S1", "only our own functions can read it; an access log costs storage")
        return bucket
