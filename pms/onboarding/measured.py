"""Measured by `manage.py measure_bookings FILE`, which prints this module; docs/demo-data.md explains it.

Source: Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief 22 (2019) 41-49, CC BY 4.0.
"""

from typing import Final

from .distributions import HotelMeasures, SegmentMeasures

# fmt: off
MEASURED: Final[dict[str, HotelMeasures]] = {
    "City Hotel": HotelMeasures(
        segments={
            "Online TA": SegmentMeasures(
                per_mille=489,
                nights=((3, 263), (4, 202), (2, 193), (1, 164), (5, 85), (7, 37), (6, 33), (8, 7), (10, 4), (9, 4),
                    (14, 2), (11, 1), (12, 1), (21, 1), (15, 1), (13, 1)),
                lead_days=(0, 1, 5, 10, 15, 20, 27, 34, 42, 51, 60, 71, 83, 96, 111, 128, 148, 170, 195, 237, 389),
                cancelled_per_mille=(93, 331, 387, 423, 513),
                prepaid_per_mille=1,
            ),
            "Offline TA/TO": SegmentMeasures(
                per_mille=211,
                nights=((3, 348), (2, 304), (4, 128), (1, 109), (5, 59), (6, 26), (7, 20), (8, 3), (9, 1), (10, 1)),
                lead_days=(0, 5, 14, 27, 35, 44, 56, 70, 81, 99, 110, 124, 148, 166, 183, 211, 256, 280, 315, 386, 521),
                cancelled_per_mille=(155, 236, 346, 477, 547),
                prepaid_per_mille=292,
            ),
            "Groups": SegmentMeasures(
                per_mille=177,
                nights=((2, 485), (3, 268), (4, 117), (1, 93), (5, 20), (6, 10), (7, 6), (8, 1)),
                lead_days=(0, 16, 30, 46, 59, 69, 87, 98, 126, 140, 162, 189, 219, 264, 279, 300, 321, 350, 395, 451, 629),
                cancelled_per_mille=(186, 391, 549, 676, 827),
                prepaid_per_mille=549,
            ),
            "Direct": SegmentMeasures(
                per_mille=76,
                nights=((1, 318), (3, 194), (2, 194), (4, 140), (5, 65), (7, 31), (6, 29), (8, 7), (9, 5), (14, 3),
                    (10, 3), (13, 2), (11, 2), (12, 2), (21, 1), (15, 1)),
                lead_days=(0, 0, 0, 0, 1, 2, 4, 6, 10, 14, 19, 27, 37, 50, 65, 82, 103, 127, 156, 190, 387),
                cancelled_per_mille=(84, 173, 191, 185, 245),
                prepaid_per_mille=3,
            ),
            "Corporate": SegmentMeasures(
                per_mille=38,
                nights=((1, 514), (2, 259), (3, 157), (4, 45), (5, 8), (8, 6), (6, 4), (7, 2), (21, 1), (9, 1)),
                lead_days=(0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 10, 12, 15, 19, 24, 31, 38, 55, 86, 99, 304),
                cancelled_per_mille=(80, 152, 393, 619, 719),
                prepaid_per_mille=104,
            ),
            "Complementary": SegmentMeasures(
                per_mille=7,
                nights=((1, 656), (2, 263), (3, 49), (5, 14), (4, 8), (9, 6), (6, 4), (14, 2)),
                lead_days=(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 4, 6, 8, 11, 16, 27, 56, 386),
                cancelled_per_mille=(86, 85, 158, 0, 0),
                prepaid_per_mille=0,
            ),
        },
        arrivals_by_month=(53, 74, 95, 94, 107, 102, 74, 83, 100, 100, 62, 56),
        arrivals_by_weekday=(158, 122, 141, 144, 168, 134, 132),
        parties=(((2, 0, 0), 678), ((1, 0, 0), 197), ((3, 0, 0), 59), ((2, 1, 0), 34), ((2, 2, 0), 21), ((2, 0, 1), 4),
            ((1, 1, 0), 3), ((1, 2, 0), 1), ((3, 1, 0), 1), ((2, 1, 1), 1), ((2, 3, 0), 1)),
        countries=(("PT", 388), ("FR", 111), ("DE", 77), ("GB", 67), ("ES", 58), ("IT", 42), ("BE", 24), ("BR", 23),
            ("US", 20), ("NL", 20), ("CH", 16), ("IE", 15), ("AT", 13), ("CN", 11), ("SE", 9), ("IL", 8),
            ("PL", 7), ("CA", 7), ("NO", 6), ("RU", 6), ("DK", 5), ("AU", 4), ("AO", 4), ("RO", 4)),
        meals=(("BB", 786), ("SC", 132), ("HB", 81), ("FB", 1)),
        special_requests=((0, 604), (1, 270), (2, 103), (3, 20), (4, 3)),
        booking_changes=((0, 872), (1, 91), (2, 28), (3, 6), (4, 2)),
        repeated_per_mille=23,
        no_show_per_mille=19,
        cancelled_part_per_mille=(0, 0, 0, 0, 15, 50, 90, 147, 200, 230, 272, 329, 384, 469, 575, 677, 753, 824, 891, 947, 1000),
        other_type_per_mille=143,
        parking_per_mille=41,
    ),
    "Resort Hotel": HotelMeasures(
        segments={
            "Online TA": SegmentMeasures(
                per_mille=443,
                nights=((1, 166), (2, 160), (3, 154), (7, 146), (4, 135), (5, 92), (6, 59), (8, 23), (9, 19), (10, 18),
                    (14, 11), (11, 6), (12, 4), (13, 3), (21, 2), (15, 1)),
                lead_days=(0, 0, 2, 5, 9, 14, 21, 28, 35, 44, 55, 67, 80, 95, 114, 132, 155, 179, 212, 258, 403),
                cancelled_per_mille=(49, 258, 394, 481, 561),
                prepaid_per_mille=2,
            ),
            "Offline TA/TO": SegmentMeasures(
                per_mille=187,
                nights=((7, 326), (1, 115), (4, 100), (3, 83), (2, 74), (14, 73), (10, 60), (5, 54), (6, 38), (8, 21),
                    (9, 21), (11, 18), (21, 7), (12, 5), (13, 2), (15, 1), (17, 1), (19, 1)),
                lead_days=(0, 2, 6, 13, 23, 33, 46, 58, 76, 93, 110, 128, 144, 159, 173, 191, 210, 227, 253, 293, 532),
                cancelled_per_mille=(41, 110, 119, 137, 238),
                prepaid_per_mille=20,
            ),
            "Groups": SegmentMeasures(
                per_mille=146,
                nights=((3, 246), (2, 220), (4, 169), (7, 156), (1, 89), (5, 43), (6, 28), (10, 10), (21, 10), (8, 7),
                    (9, 6), (14, 5), (11, 4), (12, 4), (18, 3), (16, 1)),
                lead_days=(0, 8, 16, 31, 45, 74, 87, 103, 121, 143, 162, 171, 196, 211, 225, 245, 265, 287, 337, 383, 542),
                cancelled_per_mille=(140, 232, 437, 525, 432),
                prepaid_per_mille=261,
            ),
            "Direct": SegmentMeasures(
                per_mille=162,
                nights=((1, 338), (2, 161), (3, 115), (7, 104), (4, 83), (5, 75), (6, 49), (8, 19), (10, 16), (9, 15),
                    (14, 9), (11, 6), (12, 3), (13, 3), (21, 2), (15, 1)),
                lead_days=(0, 0, 0, 0, 0, 0, 1, 2, 4, 7, 12, 19, 27, 37, 51, 70, 91, 127, 163, 208, 709),
                cancelled_per_mille=(50, 167, 179, 188, 272),
                prepaid_per_mille=0,
            ),
            "Corporate": SegmentMeasures(
                per_mille=57,
                nights=((1, 536), (2, 204), (3, 89), (4, 81), (8, 22), (7, 18), (5, 12), (13, 9), (10, 7), (9, 5),
                    (6, 4), (11, 3), (16, 3), (12, 3), (21, 2), (15, 2), (14, 1)),
                lead_days=(0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 21, 29, 35, 47, 73, 343),
                cancelled_per_mille=(66, 173, 355, 156, 0),
                prepaid_per_mille=11,
            ),
            "Complementary": SegmentMeasures(
                per_mille=5,
                nights=((2, 483), (1, 363), (3, 70), (4, 25), (5, 25), (7, 20), (12, 5), (21, 5), (8, 5)),
                lead_days=(0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 8, 9, 11, 13, 15, 22, 28, 43, 57, 88, 252),
                cancelled_per_mille=(80, 175, 286, 222, 0),
                prepaid_per_mille=0,
            ),
        },
        arrivals_by_month=(69, 87, 96, 95, 95, 76, 78, 81, 79, 96, 73, 75),
        arrivals_by_weekday=(162, 128, 128, 160, 134, 165, 123),
        parties=(((2, 0, 0), 701), ((1, 0, 0), 174), ((2, 2, 0), 39), ((2, 1, 0), 32), ((3, 0, 0), 26), ((2, 0, 1), 11),
            ((3, 1, 0), 10), ((2, 1, 1), 2), ((1, 1, 0), 2), ((1, 2, 0), 1), ((4, 0, 0), 1)),
        countries=(("PT", 441), ("GB", 173), ("ES", 101), ("IE", 55), ("FR", 41), ("DE", 31), ("CA", 18), ("NL", 13),
            ("US", 12), ("IT", 12), ("BE", 11), ("CH", 11), ("BR", 11), ("PL", 8), ("SE", 8), ("AT", 5), ("RU", 5),
            ("RO", 5), ("FI", 4), ("CN", 3), ("NO", 3), ("AU", 2), ("LU", 2), ("MA", 2)),
        meals=(("BB", 771), ("HB", 208), ("FB", 20), ("SC", 2)),
        special_requests=((0, 557), (1, 295), (2, 121), (3, 23), (4, 4)),
        booking_changes=((0, 805), (1, 137), (2, 39), (3, 11), (4, 5)),
        repeated_per_mille=42,
        no_show_per_mille=10,
        cancelled_part_per_mille=(0, 0, 0, 16, 34, 60, 88, 128, 182, 244, 302, 384, 460, 532, 606, 684, 760, 828, 886, 951, 1000),
        other_type_per_mille=249,
        parking_per_mille=190,
    ),
}
# fmt: on
