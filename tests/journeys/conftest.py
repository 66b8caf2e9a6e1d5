"""The scripts are run by `test_journeys`; nobody imports them."""

collect_ignore = ["data_frame.py", "pytorch.py", "scikit_learn.py", "theorist.py"]
