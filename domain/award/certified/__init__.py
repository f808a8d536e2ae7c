"""What a partnership returns in the fields of the programme, and what its section 151 officer certifies of an award.

A certificate binds its wording to the figures of the award as at a day, as the log has them at its place. What is
recorded later never changes it.
"""
