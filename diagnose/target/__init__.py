"""The workload that is diagnosed, and its dependencies as its own objects describe them."""
