-- out/q21.jsonl
WITH with_id AS (
  SELECT
    *,
    CASE
      WHEN regexp_matches(url, '(&|^)channel_id=([^&]*)') THEN regexp_extract(url, '(&|^)channel_id=([^&]*)', 2)
    END AS own_id
  FROM bid
)
SELECT
  auction, bidder, price, channel,
  CASE lower(channel)
    WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE own_id
  END AS channel_id
FROM with_id
WHERE own_id IS NOT NULL OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')
