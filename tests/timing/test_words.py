"""Plain English."""

import pytest

from rota.timing import parse

SENTENCES = {
    "0 8 * * * Europe/Madrid": "Every day at 08:00, Europe/Madrid",
    "0 8 * * *": "Every day at 08:00, UTC",
    "0 8,20 * * *": "Every day at 08:00 and 20:00, UTC",
    "30 0 6 * * MON-FRI": "Every Monday to Friday at 06:00:30, UTC",
    "0 6 * * 1-5": "Every Monday to Friday at 06:00, UTC",
    "0 6 * * SAT,SUN": "Every Saturday and Sunday at 06:00, UTC",
    "0 6 1 * *": "On the 1st of the month at 06:00, UTC",
    "0 6 1,15,22 * *": "On the 1st, the 15th and the 22nd of the month at 06:00, UTC",
    "0 6 L * *": "On the last day of the month at 06:00, UTC",
    "0 6 LW * *": "On the last weekday of the month at 06:00, UTC",
    "0 6 15W * *": "On the weekday nearest to the 15th of the month at 06:00, UTC",
    "0 6 * * 5#3": "On the third Friday of the month at 06:00, UTC",
    "0 6 * * 5L": "On the last Friday of the month at 06:00, UTC",
    "0 6 13 * 5": "On the 13th of the month and every Friday at 06:00, UTC",
    "0 6 */10 * 5": "On the 1st, the 11th, the 21st and the 31st of the month if it is Friday at 06:00, UTC",
    "0 0 1 1 *": "On the 1st of the month in January at 00:00, UTC",
    "0 0 * 6-8 *": "Every day in June to August at 00:00, UTC",
    "* * * * *": "Every minute, UTC",
    "* * * * * *": "Every second, UTC",
    "*/10 * * * * *": "Every 10 seconds, UTC",
    "*/10 * * * *": "Every 10 minutes, UTC",
    "0 * * * *": "Every hour, UTC",
    "15 * * * *": "At 15 minutes past every hour, UTC",
    "1 * * * *": "At 1 minute past every hour, UTC",
    "0 */2 * * *": "Every 2 hours, UTC",
    "*/10 9-17 * * 1-5": "Every 10th minute from 09:00 through 17:59, every Monday to Friday, UTC",
    "*/7 * * * *": "Every seventh minute of every hour, UTC",
    "5-5/7 0-10 * * *": "At minute 5 past every hour from 0 through 10, UTC",
    "0 0 31 2 *": "Never (manual only): 31 February does not exist",
    "0 0 30,31 2 *": "Never (manual only): 30 or 31 February does not exist",
    "0 0 31 4,6 *": "Never (manual only): 31 April or June does not exist",
    "0 0 31W 2 *": "Never (manual only): no year has such a day",
    "* 2 * 3 0L Europe/Paris": "Never (manual only): clocks in Europe/Paris always leave these times out",
    "at 2026-12-24T18:00:00+01:00": "Once at 2026-12-24 17:00:00 UTC",
    "off": "Never (switched off)",
    "(0 8 * * *) or (every 2 hours)": "Every day at 08:00, UTC; or Every 2 hours",
    "(0 * * * *) except (0 8 * * *)": "Every hour, UTC; except: Every day at 08:00, UTC",
}


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.items())
def test_describe(text: str, sentence: str) -> None:
    assert parse(text).describe() == sentence
