-- out/q7.jsonl
SELECT B.auction, B.bidder, B.price, B.dateTime, B.extra
FROM bid AS B JOIN (
  SELECT max(price) AS maxprice, time_bucket(INTERVAL 10 SECONDS, dateTime) + INTERVAL 10 SECONDS AS ends
  FROM bid
  GROUP BY ends
) AS highest ON B.price = highest.maxprice
WHERE B.dateTime BETWEEN highest.ends - INTERVAL 10 SECONDS AND highest.ends
