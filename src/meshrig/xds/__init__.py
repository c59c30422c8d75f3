"""The control plane: serves snapshots of resources to Envoys over incremental (delta) ADS, and knows no App Mesh."""
