using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Hive.Network.Services;

/// <summary>Transport of a service port, as nftables spells it.</summary>
public enum Transport { Tcp, Udp }

/// <summary>One port of one Service with those that may answer it now.</summary>
/// <param name="Name"><c>namespace/service:port</c>, for comments and logs.</param>
/// <param name="ClusterAddresses">Addresses that reach it from anywhere in the cluster: cluster IP and external IPs.</param>
/// <param name="NodePort">Port on every node that reaches it; 0 for none.</param>
/// <param name="Sticky">The same client goes to the same backend (session affinity ClientIP).</param>
/// <param name="Backends">Ready endpoints, in address order. Empty: callers are refused at once instead of left waiting.</param>
public sealed record ServicePortRule(
    string Name, Transport Transport, ImmutableArray<IPAddress> ClusterAddresses, int Port, int NodePort, bool Sticky, ImmutableArray<IPEndPoint> Backends);

/// <summary>All service ports of the cluster at one moment, in name order: what a node's proxy must do.</summary>
public sealed record ServiceTable(ImmutableArray<ServicePortRule> Rules)
{
    public static readonly ServiceTable Empty = new([]);

    /// <summary>
    /// Joins Services with their EndpointSlices. Pure. Headless and ExternalName services have no rule: their names resolve to the endpoints
    /// themselves. Only IPv4 is proxied; other addresses are left out.
    /// </summary>
    public static ServiceTable Build(IEnumerable<Objects.Service> services, IEnumerable<Objects.EndpointSlice> slices)
    {
        ILookup<string, Objects.EndpointSlice> byService = slices.ToLookup(ServiceKey, StringComparer.Ordinal);
        var rules = ImmutableArray.CreateBuilder<ServicePortRule>();
        foreach (Objects.Service service in services)
        {
            if (service.Spec.Type == Objects.ServiceType.ExternalName || service.Spec.ClusterIP is "" or "None") continue;
            string key = $"{service.Metadata.Namespace}/{service.Metadata.Name}";
            foreach (Objects.ServicePort port in service.Spec.Ports)
            {
                if (TransportOf(port.Protocol) is not { } transport) continue;
                ImmutableArray<IPEndPoint> backends = Backends(byService[key], port, service.Spec.PublishNotReadyAddresses);
                rules.Add(new ServicePortRule(
                    $"{key}:{(port.Name.Length > 0 ? port.Name : port.Port)}", transport, ClusterAddresses(service.Spec), port.Port, port.NodePort,
                    service.Spec.SessionAffinity == Objects.ServiceAffinity.ClientIP, backends));
            }
        }
        return new ServiceTable([.. rules.OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Transport)]);
    }

    private static string ServiceKey(Objects.EndpointSlice slice) =>
        $"{slice.Metadata.Namespace}/{(slice.Metadata.Labels.TryGetValue("kubernetes.io/service-name", out string? name) ? name : "")}";

    private static Transport? TransportOf(string protocol) => protocol switch
    {
        "" or "TCP" => Transport.Tcp,
        "UDP" => Transport.Udp,
        _ => null,
    };

    private static ImmutableArray<IPAddress> ClusterAddresses(Objects.ServiceSpec spec) =>
        [.. new[] { spec.ClusterIP }.Concat(spec.ExternalIPs).Select(Parse).OfType<IPAddress>().Distinct()];

    private static ImmutableArray<IPEndPoint> Backends(IEnumerable<Objects.EndpointSlice> slices, Objects.ServicePort port, bool alsoUnready)
    {
        var found = new SortedSet<(uint Address, int Port)>();
        foreach (Objects.EndpointSlice slice in slices)
        {
            foreach (Objects.EndpointPort target in slice.Ports)
            {
                if ((target.Name ?? "") != port.Name || TransportOf(target.Protocol ?? "") != TransportOf(port.Protocol) || target.Port is not { } number) continue;
                foreach (Objects.Endpoint endpoint in slice.Endpoints)
                {
                    if (!alsoUnready && endpoint.Conditions.Ready == false) continue;
                    foreach (string text in endpoint.Addresses)
                    {
                        if (Parse(text) is { } address) found.Add((ToNumber(address), number));
                    }
                }
            }
        }
        return [.. found.Select(f => new IPEndPoint(ToAddress(f.Address), f.Port))];
    }

    private static IPAddress? Parse(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork ? address : null;

    private static uint ToNumber(IPAddress address) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(uint number)
    {
        byte[] bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
