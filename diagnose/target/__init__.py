"""The workload under examination and what its own objects say of its dependencies."""
