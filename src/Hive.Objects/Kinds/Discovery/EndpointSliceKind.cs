using System.Globalization;

namespace Hive.Objects;

/// <summary>Slices of the addresses behind a service.</summary>
internal sealed class EndpointSliceKind : KindDefinition<EndpointSlice>
{
    private const int Shown = 3;
    private const int MostEndpoints = 1000;
    private const int MostPorts = 100;
    private const int MostAddresses = 100;
    private static readonly string[] AddressTypes = ["FQDN", "IPv4", "IPv6"];

    public EndpointSliceKind() : base("endpointslices") => TracksGeneration = true;

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
        [Column("Name"), Column("AddressType"), Column("Ports"), Column("Endpoints", description: "Addresses."), Column("Age")];

    protected override EndpointSlice Default(EndpointSlice item) => item.Ports.All(port => port.Name is not null) ? item
        : item with { Ports = [.. item.Ports.Select(port => port.Name is null ? port with { Name = "" } : port)] };

    protected override void Validate(EndpointSlice item, FieldErrors errors)
    {
        if (item.AddressType.Length > 0 && !AddressTypes.Contains(item.AddressType)) errors.NotSupported("addressType", item.AddressType, AddressTypes);
        if (item.Endpoints.Count > MostEndpoints) errors.Invalid("endpoints", item.Endpoints.Count, $"must have at most {MostEndpoints} items");
        if (item.Ports.Count > MostPorts) errors.Invalid("ports", item.Ports.Count, $"must have at most {MostPorts} items");
        for (var i = 0; i < item.Endpoints.Count; i++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"endpoints[{i}].addresses");
            var addresses = item.Endpoints[i].Addresses;
            if (addresses.Count == 0) errors.Required(field, "must contain at least 1 address");
            if (addresses.Count > MostAddresses) errors.Invalid(field, addresses.Count, $"must have at most {MostAddresses} items");
            for (var a = 0; a < addresses.Count; a++)
            {
                var bad = item.AddressType == "FQDN" ? Names.Subdomain(addresses[a]) : Names.Address(addresses[a]);
                if (bad is not null) errors.Invalid($"{field}[{a}]", addresses[a], bad);
            }
        }
    }

    protected override void ValidateChange(EndpointSlice updated, EndpointSlice current, FieldErrors errors)
    {
        if (updated.AddressType != current.AddressType) errors.Invalid("addressType", updated.AddressType, "field is immutable");
    }

    protected override void Fill(TableCells cells, EndpointSlice item, Time now)
    {
        var ports = item.Ports.Select(port => port.Port is { } number ? number.ToString(CultureInfo.InvariantCulture) : string.IsNullOrEmpty(port.Name) ? "*" : port.Name).ToArray();
        var addresses = item.Endpoints.SelectMany(endpoint => endpoint.Addresses).ToArray();
        cells.Text(item.Metadata.Name)
            .Text(item.AddressType)
            .TextOr(TableCells.Limited(ports, Shown), "<unset>")
            .TextOr(TableCells.Limited(addresses, Shown), "<unset>")
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
    }
}
