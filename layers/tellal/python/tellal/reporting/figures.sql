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

-- Which day a time is in, by the quarter of an hour that it is in: in every zone that is in use, days
-- begin with one.
CREATE TABLE quarters AS
SELECT unnest(range(epoch_ms(since) // 900000, epoch_ms(until) // 900000)) AS quarter, n
FROM days;

-- The running totals, numbered: what is grouped by a number is grouped in a third of the time that
-- three names take.
CREATE TABLE totals AS
SELECT row_number() OVER ()::INTEGER AS total, *
FROM (
    SELECT DISTINCT channel_id, delivery_id, metric
    FROM observed
    WHERE segment IS NULL AND conversation_id IS NULL  -- of those nothing runs on
);

-- One row per running total and local day: what it first and last was.
CREATE TABLE daily AS
SELECT total, n, arg_min(value, "at") AS first, arg_max(value, "at") AS last
FROM observed
JOIN quarters ON epoch_ms("at") // 900000 = quarter
JOIN totals ON totals.channel_id IS NOT DISTINCT FROM observed.channel_id
           AND totals.delivery_id IS NOT DISTINCT FROM observed.delivery_id
           AND totals.metric = observed.metric
WHERE of_day IS NULL AND segment IS NULL AND conversation_id IS NULL
GROUP BY ALL;

-- Amounts of a day. The newest is right: platforms correct theirs for days.
CREATE TABLE amounts AS
SELECT channel_id, delivery_id, campaign_id, counted_id, metric, segment, n,
       arg_max(value, "at") AS value
FROM observed JOIN days ON observed.of_day = days.date
GROUP BY ALL;

-- How many there were when a day ended, as platforms tell it afterwards: for days when nobody looked.
INSERT INTO daily
SELECT total, n, value, value
FROM amounts
JOIN totals ON totals.channel_id = amounts.channel_id
           AND totals.delivery_id IS NOT DISTINCT FROM amounts.delivery_id
           AND totals.metric = amounts.metric
ANTI JOIN daily USING (total, n)
WHERE amounts.metric IN ('followers', 'posts') AND segment IS NULL;

-- How long something took in a conversation, on the day when it was over.
CREATE TABLE facts AS
SELECT channel_id, conversation_id, metric, n, arg_max(value, "at") AS value
FROM observed JOIN quarters ON epoch_ms("at") // 900000 = quarter
WHERE conversation_id IS NOT NULL
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
    SELECT total,
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
FROM seen JOIN totals USING (total) LEFT JOIN posts USING (delivery_id)
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
WITH shown AS (
    SELECT total, channel_id, delivery_id, published_at
    FROM totals LEFT JOIN posts USING (delivery_id)
    WHERE CASE WHEN delivery_id IS NULL THEN metric = 'followers'
               ELSE metric IN ('likes', 'shares', 'replies', 'quotes', 'saves') END
), moved AS (
    SELECT total, n, first, last, lag(last) OVER (PARTITION BY total ORDER BY n) AS before
    FROM daily
    WHERE n < to_n AND total IN (SELECT total FROM shown)
)
SELECT channel_id, n,
       max(last) FILTER (delivery_id IS NULL)::BIGINT AS followers,
       sum(last - coalesce(before, CASE WHEN published_at >= early THEN 0 ELSE first END))
           FILTER (delivery_id IS NOT NULL)::BIGINT AS engagements
FROM moved JOIN shown USING (total) JOIN days USING (n)
WHERE n >= from_n
GROUP BY ALL;
