#!/bin/sh
# Apply the redirection that the pod's specification states: MESHRIG_RULES_IPV4 and MESHRIG_RULES_IPV6 are nat tables as
# iptables-restore reads them. IPv6 that can't be redirected is refused; where neither works the pod doesn't start.
set -eu
# The root file system is read-only; every container has /dev/shm.
export XTABLES_LOCKFILE=/dev/shm/xtables.lock

# The kernel may know nftables, the older tables, or both: the first that answers.
tool_for() { # iptables|ip6tables table
  for backend in nft legacy; do
    if "$1-$backend" -t "$2" -S >/dev/null 2>&1; then
      echo "$1-$backend"
      return
    fi
  done
  return 1
}

# A second run replaces the chains' rules; a second jump to them changes nothing.
redirect() { # iptables|ip6tables rules
  tool=$(tool_for "$1" nat) && printf '%s' "$2" | "$tool-restore" --noflush
}

refuse_ipv6() {
  tool=$(tool_for ip6tables filter) || return 1
  printf '%s\n' '*filter' \
    '-A INPUT ! -i lo -p tcp -j REJECT --reject-with tcp-reset' \
    '-A OUTPUT ! -o lo -p tcp -j REJECT --reject-with tcp-reset' \
    COMMIT | "$tool-restore" --noflush
}

has_ipv6() {
  while read -r _ _ _ _ _ interface; do
    [ "$interface" = lo ] || return 0
  done </proc/net/if_inet6
  return 1
}

if ! redirect iptables "$MESHRIG_RULES_IPV4"; then
  echo "meshrig-redirect: this kernel has no nat table for iptables; the pod can't be in the mesh" >&2
  exit 1
fi
if redirect ip6tables "$MESHRIG_RULES_IPV6"; then
  echo "meshrig-redirect: IPv4 and IPv6 redirected"
elif [ ! -r /proc/net/if_inet6 ] || ! has_ipv6; then
  echo "meshrig-redirect: IPv4 redirected; the pod has no IPv6"
elif refuse_ipv6; then
  echo "meshrig-redirect: IPv4 redirected; IPv6 refused"
else
  echo "meshrig-redirect: the pod has IPv6 addresses, and this kernel can neither redirect nor refuse IPv6" >&2
  exit 1
fi
