-- The observations of one workspace, as the measures read them. `figures.py` runs this once, after
-- it made `days` (local days: n, since, until, early) and `posts` (delivery_id, published_at).
-- Times are UTC text in one spelling, which sorts as time does.

-- One row per number and local day: what it first and last was. An observation that is there twice
-- changes nothing here, which is what lets compaction be killed at any point.
CREATE TABLE daily AS
SELECT channel_id, delivery_id, metric, n,
       arg_min(value, "at") AS first,
       arg_max(value, "at") AS last
FROM observed ASOF JOIN days ON observed."at" >= days.since
WHERE observed."at" < days.until
  AND conversation_id IS NULL  -- of those no number runs on: each was measured once
GROUP BY ALL;

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
WHERE last IS NOT NULL;

-- One row per post, and one per channel (delivery_id is null): what the measures aggregate.
CREATE MACRO news(from_n, to_n) AS TABLE
WITH wide AS (
    SELECT channel_id, delivery_id,
           sum(new) FILTER (metric = 'followers')::BIGINT AS followers,
           max(last) FILTER (metric = 'followers')::BIGINT AS audience,
           min(began) FILTER (metric = 'followers') AS followers_since,
           sum(new) FILTER (metric = 'impressions')::BIGINT AS impressions,
           sum(new) FILTER (metric = 'reach')::BIGINT AS reach,
           sum(new) FILTER (metric = 'likes')::BIGINT AS likes,
           sum(new) FILTER (metric = 'shares')::BIGINT AS shares,
           sum(new) FILTER (metric = 'replies')::BIGINT AS replies,
           sum(new) FILTER (metric = 'quotes')::BIGINT AS quotes,
           sum(new) FILTER (metric = 'saves')::BIGINT AS saves,
           sum(new) FILTER (metric = 'clicks')::BIGINT AS clicks,
           sum(new) FILTER (metric = 'conversions')::BIGINT AS conversions
    FROM changes(from_n, to_n)
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
    WINDOW number AS (PARTITION BY channel_id, delivery_id, metric ORDER BY daily.n)
)
SELECT channel_id, n,
       max(last) FILTER (delivery_id IS NULL AND metric = 'followers')::BIGINT AS followers,
       sum(new) FILTER (delivery_id IS NOT NULL
                        AND metric IN ('likes', 'shares', 'replies', 'quotes', 'saves')
                       )::BIGINT AS engagements
FROM moved
WHERE n >= from_n AND n < to_n
GROUP BY ALL;
