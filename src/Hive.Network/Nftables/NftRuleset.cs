using System.Globalization;
using System.Text;
using Hive.Network.Services;

namespace Hive.Network.Nftables;

/// <summary>
/// Writes a <see cref="ServiceTable"/> as one nftables transaction: the whole table of this Hive is replaced in a single commit, so that no
/// packet ever meets a half-written state. Pure: the same table makes the same text.
/// </summary>
public static class NftRuleset
{
    /// <summary>The transaction that makes <paramref name="name"/> hold exactly these services.</summary>
    public static string Write(string name, ServiceTable table)
    {
        var text = new StringBuilder();
        text.Append(Delete(name)).Append(CultureInfo.InvariantCulture, $"table ip {name} {{\n");
        for (int i = 0; i < table.Rules.Length; i++) WriteBackends(text, i, table.Rules[i]);
        WriteMap(text, "map services { type ipv4_addr . inet_proto . inet_service : verdict;", ByAddress(table, refused: false));
        WriteMap(text, "map node-ports { type inet_proto . inet_service : verdict;", ByNodePort(table));
        WriteMap(text, "set refused { type ipv4_addr . inet_proto . inet_service;", ByAddress(table, refused: true));
        text.Append("""
              chain route {
                ip daddr . meta l4proto . th dport vmap @services
                fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports
              }
              chain refuse {
                ip daddr . meta l4proto . th dport @refused reject with icmp port-unreachable
              }
              chain prerouting {
                type nat hook prerouting priority dstnat; policy accept;
                jump route
              }
              chain output {
                type nat hook output priority -100; policy accept;
                jump route
              }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ct mark 0x48495645 masquerade
              }
              chain filter-input {
                type filter hook input priority filter; policy accept;
                jump refuse
              }
              chain filter-forward {
                type filter hook forward priority filter; policy accept;
                jump refuse
              }
              chain filter-output {
                type filter hook output priority filter; policy accept;
                jump refuse
              }
            }

            """);
        return text.ToString();
    }

    /// <summary>Removes the table; no error when there is none (it is declared first).</summary>
    public static string Delete(string name) => $"table ip {name}\ndelete table ip {name}\n";

    /// <summary>
    /// Marks the connection, so that its replies come back through this node (a backend may sit on the caller's own segment and would
    /// answer it directly), and picks a backend.
    /// </summary>
    private static void WriteBackends(StringBuilder text, int number, ServicePortRule rule)
    {
        if (rule.Backends.IsEmpty) return;
        string pick = rule.Sticky ? "jhash ip saddr" : "numgen random";
        text.Append(CultureInfo.InvariantCulture, $"  # {rule.Name}\n  chain service-{number} {{\n    ct mark set 0x48495645\n");
        text.Append(CultureInfo.InvariantCulture, $"    meta l4proto {Protocol(rule.Transport)} dnat to {pick} mod {rule.Backends.Length} map {{ ");
        text.AppendJoin(", ", rule.Backends.Select((b, i) => $"{i} : {b.Address} . {b.Port}"));
        text.Append(" }\n  }\n");
    }

    private static IEnumerable<string> ByAddress(ServiceTable table, bool refused)
    {
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < table.Rules.Length; i++)
        {
            ServicePortRule rule = table.Rules[i];
            if (rule.Backends.IsEmpty != refused) continue;
            foreach (var address in rule.ClusterAddresses)
            {
                string key = $"{address} . {Protocol(rule.Transport)} . {rule.Port}";
                if (taken.Add(key)) yield return refused ? key : $"{key} : goto service-{i}";
            }
        }
    }

    private static IEnumerable<string> ByNodePort(ServiceTable table)
    {
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < table.Rules.Length; i++)
        {
            ServicePortRule rule = table.Rules[i];
            if (rule.NodePort == 0 || rule.Backends.IsEmpty) continue;
            string key = $"{Protocol(rule.Transport)} . {rule.NodePort}";
            if (taken.Add(key)) yield return $"{key} : goto service-{i}";
        }
    }

    private static void WriteMap(StringBuilder text, string head, IEnumerable<string> elements)
    {
        string joined = string.Join(", ", elements);
        text.Append("  ").Append(head);
        if (joined.Length > 0) text.Append(" elements = { ").Append(joined).Append(" };");
        text.Append(" }\n");
    }

    private static string Protocol(Transport transport) => transport == Transport.Tcp ? "tcp" : "udp";
}
