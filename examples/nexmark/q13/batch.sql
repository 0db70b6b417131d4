-- out/q13.jsonl
SELECT auction, bidder, price, dateTime, side.value
FROM bid JOIN (SELECT n AS key, CAST(n AS VARCHAR) AS value FROM range(10000) AS numbers(n)) AS side
  ON bid.auction % 10000 = side.key
