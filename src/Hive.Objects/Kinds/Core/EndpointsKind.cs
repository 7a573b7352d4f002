using System.Globalization;

namespace Hive.Objects;

/// <summary>The older form of the addresses behind a service.</summary>
internal sealed class EndpointsKind : KindDefinition<Endpoints>
{
    private const int ShownAddresses = 3;

    public EndpointsKind() : base("endpoints")
    {
        ShortNames = ["ep"];
        CreatesOnUpdate = true;
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Endpoints", description: "Addresses and ports."), Column("Age")];

    protected override void Validate(Endpoints item, FieldErrors errors)
    {
        for (var s = 0; s < item.Subsets.Count; s++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"subsets[{s}]");
            var subset = item.Subsets[s];
            if (subset.Addresses.Count + subset.NotReadyAddresses.Count == 0) errors.Required(field, "must specify `addresses` or `notReadyAddresses`");
            for (var i = 0; i < subset.Addresses.Count; i++) Address(subset.Addresses[i], $"{field}.addresses[{i}]", errors);
            for (var i = 0; i < subset.NotReadyAddresses.Count; i++) Address(subset.NotReadyAddresses[i], $"{field}.notReadyAddresses[{i}]", errors);
            for (var i = 0; i < subset.Ports.Count; i++)
            {
                if (subset.Ports[i].Name.Length == 0 && subset.Ports.Count > 1) errors.Required($"{field}.ports[{i}].name");
                if (subset.Ports[i].Port is < 1 or > 65535) errors.Invalid($"{field}.ports[{i}].port", subset.Ports[i].Port, "must be between 1 and 65535, inclusive");
            }
        }
    }

    protected override void Fill(TableCells cells, Endpoints item, Time now) =>
        cells.Text(item.Metadata.Name).TextOr(Addresses(item), "<none>").Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));

    private static void Address(EndpointAddress address, string field, FieldErrors errors)
    {
        if (Names.Address(address.Ip) is { } bad) errors.Invalid($"{field}.ip", address.Ip, bad);
    }

    private static string Addresses(Endpoints item)
    {
        var list = new List<string>();
        foreach (var subset in item.Subsets)
        {
            if (subset.Ports.Count == 0) list.AddRange(subset.Addresses.Select(address => address.Ip));
            foreach (var port in subset.Ports) list.AddRange(subset.Addresses.Select(address => HostPort(address.Ip, port.Port)));
        }
        return TableCells.Limited(list, ShownAddresses);
    }

    private static string HostPort(string ip, int port) => string.Create(CultureInfo.InvariantCulture, $"{(ip.Contains(':') ? $"[{ip}]" : ip)}:{port}");
}
