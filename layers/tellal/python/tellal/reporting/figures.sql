-- The observations of one workspace, as the measures read them. `figures.py` runs this once, after
-- it made `days` (local days: n, date, since, until, early), `posts` (delivery_id, published_at) and
-- the view `read` over the files. Times are UTC, without a zone.
--
-- An observation that is there twice changes nothing in any of these tables, which is what lets
-- compaction be killed at any point.

-- Read once: unzipping and parsing cost more than everything below.
CREATE TABLE observed AS
SELECT * FROM read
WHERE CASE WHEN metric IS NULL OR value IS NULL OR "at" IS NULL
           THEN error('a line that is no observation')
           ELSE true END;

-- Running totals. One row per number and local day: what it first and last was.
CREATE TABLE daily AS
SELECT channel_id, delivery_id, metric, n,
       arg_min(value, "at") AS first,
       arg_max(value, "at") AS last
FROM observed ASOF JOIN days ON observed."at" >= days.since
WHERE observed."at" < days.until
  AND of_day IS NULL AND segment IS NULL
  AND conversation_id IS NULL  -- of those no number runs on: each was measured once
GROUP BY ALL;

-- Amounts of a day. The newest is right: platforms correct theirs for days.
CREATE TABLE amounts AS
SELECT channel_id, delivery_id, campaign_id, counted_id, metric, segment, n,
       arg_max(value, "at") AS value
FROM observed JOIN days ON observed.of_day = days.date
GROUP BY ALL;

-- How many there were when a day ended, as platforms tell it afterwards: for days when nobody looked.
INSERT INTO daily
SELECT channel_id, delivery_id, metric, n, value, value
FROM amounts
ANTI JOIN (FROM daily WHERE delivery_id IS NULL) USING (channel_id, metric, n)
WHERE metric IN ('followers', 'posts') AND segment IS NULL;

-- How long something took in a conversation, on the day when it was over.
CREATE TABLE facts AS
SELECT channel_id, conversation_id, metric, n, arg_max(value, "at") AS value
FROM observed ASOF JOIN days ON observed."at" >= days.since
WHERE observed."at" < days.until AND conversation_id IS NOT NULL
GROUP BY channel_id, conversation_id, metric, n, "at";

-- Who followed when the last period ended, as far as platforms tell. Of each kind of segment (what
-- stands before the colon) all of the newest answer, so that a country nobody is left in is gone.
CREATE TABLE audience AS
SELECT channel_id, segment, value
FROM observed
WHERE segment IS NOT NULL AND of_day IS NULL AND metric = 'followers'
  AND "at" < (SELECT max("until") FROM days)
QUALIFY "at" = max("at") OVER (PARTITION BY channel_id, split_part(segment, ':', 1))
    AND row_number() OVER (PARTITION BY channel_id, segment ORDER BY "at" DESC) = 1;

DROP TABLE observed;

-- What was new of each number from the day `from_n` until the day `to_n`, which is not in it.
CREATE MACRO changes(from_n, to_n) AS TABLE
WITH seen AS (
    SELECT channel_id, delivery_id, metric,
           arg_max(last, n) FILTER (n < from_n) AS before,
           arg_min(first, n) FILTER (n >= from_n) AS first,
           min(n) FILTER (n >= from_n) AS first_n,
           arg_max(last, n) FILTER (n >= from_n) AS last
    FROM daily
    WHERE n < to_n
    GROUP BY ALL
)
SELECT channel_id, delivery_id, metric, last,
       last - CASE WHEN before IS NOT NULL THEN before
                   WHEN published_at >= (SELECT early FROM days WHERE n = from_n) THEN 0
                   ELSE first END AS new,
       CASE WHEN before IS NULL THEN first_n END AS began
FROM seen LEFT JOIN posts USING (delivery_id)
WHERE last IS NOT NULL
UNION ALL BY NAME
-- …and what we counted ourselves. A channel's own amounts are in no measure: what is not ours is in
-- them too, and what is ours would be there twice.
SELECT channel_id, delivery_id, metric, sum(value) AS last, sum(value) AS new, NULL AS began
FROM amounts
WHERE n >= from_n AND n < to_n AND metric IN ('visits', 'visitors', 'conversions')
GROUP BY ALL;

-- One row per post, and one per channel (delivery_id is null): what the measures aggregate. What
-- came from no channel is not in it.
CREATE MACRO news(from_n, to_n) AS TABLE
WITH wide AS (
    SELECT channel_id, delivery_id,
           sum(new) FILTER (metric = 'followers')::BIGINT AS followers,
           max(last) FILTER (metric = 'followers')::BIGINT AS audience,
           min(began) FILTER (metric = 'followers') AS followers_since,
           sum(new) FILTER (metric = 'impressions')::BIGINT AS impressions,
           sum(new) FILTER (metric = 'reach')::BIGINT AS reach,
           sum(new) FILTER (metric = 'views')::BIGINT AS views,
           sum(new) FILTER (metric = 'watch_seconds')::BIGINT AS watch_seconds,
           sum(new) FILTER (metric = 'likes')::BIGINT AS likes,
           sum(new) FILTER (metric = 'shares')::BIGINT AS shares,
           sum(new) FILTER (metric = 'replies')::BIGINT AS replies,
           sum(new) FILTER (metric = 'quotes')::BIGINT AS quotes,
           sum(new) FILTER (metric = 'saves')::BIGINT AS saves,
           sum(new) FILTER (metric = 'clicks')::BIGINT AS clicks,
           sum(new) FILTER (metric = 'visits')::BIGINT AS visits,
           sum(new) FILTER (metric = 'visitors')::BIGINT AS visitors,
           sum(new) FILTER (metric = 'conversions')::BIGINT AS conversions
    FROM changes(from_n, to_n)
    WHERE channel_id IS NOT NULL
    GROUP BY ALL
), engaged AS (
    SELECT *, CASE WHEN delivery_id IS NOT NULL
                   THEN list_sum([likes, shares, replies, quotes, saves])::BIGINT
              END AS engagements
    FROM wide
)
SELECT *,
       bool_or(delivery_id IS NOT NULL AND reach IS NOT NULL) OVER channel AS tells_reach,
       bool_or(engagements IS NOT NULL) OVER channel AS tells_engagements
FROM engaged
WINDOW channel AS (PARTITION BY channel_id);

-- Day by day, for the charts: followers as they last were, and what was new of engagements.
CREATE MACRO by_day(from_n, to_n) AS TABLE
WITH moved AS (
    SELECT channel_id, delivery_id, metric, daily.n, last,
           last - coalesce(lag(last) OVER number,
                           CASE WHEN published_at >= days.early THEN 0 ELSE first END) AS new
    FROM daily JOIN days USING (n) LEFT JOIN posts USING (delivery_id)
    WHERE daily.n < to_n AND metric IN ('followers', 'likes', 'shares', 'replies', 'quotes', 'saves')
    WINDOW number AS (PARTITION BY channel_id, delivery_id, metric ORDER BY daily.n)
)
SELECT channel_id, n,
       max(last) FILTER (delivery_id IS NULL AND metric = 'followers')::BIGINT AS followers,
       sum(new) FILTER (delivery_id IS NOT NULL AND metric <> 'followers')::BIGINT AS engagements
FROM moved
WHERE n >= from_n
GROUP BY ALL;
