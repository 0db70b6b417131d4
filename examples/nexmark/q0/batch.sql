-- out/q0.jsonl
SELECT auction, bidder, price, dateTime, extra FROM bid
