"""The ``process`` runtime: pods as plain processes on 127.0.0.1, kept running as a kubelet would."""
