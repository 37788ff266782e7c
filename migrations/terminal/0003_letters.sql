-- Which devices carry which letter, each with the first row that says so. Two devices that joined a shop without
-- knowing of each other may carry one letter; the later one's order numbers are then shown with a mark.
CREATE TABLE letters (
    letter     TEXT NOT NULL,
    device_id  BLOB NOT NULL,
    clock      INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    PRIMARY KEY (letter, device_id)
) STRICT, WITHOUT ROWID;

INSERT INTO letters (letter, device_id, clock, hash)
SELECT json_extract(e.payload, '$.letter'), l.device_id, min(e.clock), e.hash
FROM logs l JOIN events e ON e.log_id = l.log_id AND e.seq = 1
WHERE json_valid(e.payload) AND json_extract(e.payload, '$.letter') <> ''
GROUP BY 1, 2;
