using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Admission;

/// <summary>
/// Gives Services their cluster address and node ports. What is free is read from the Services themselves, so that nothing can leak; the commit compares
/// that no Service was written since, so that two requests on two queens can never take the same one.
/// </summary>
public sealed class ServiceAddresses(ObjectStorage storage, IPNetwork range, int firstPort, int lastPort) : IAdmissionRule
{
    private const string Headless = "None";

    public Refusal? Admit(AdmissionCall call)
    {
        if (call.New is not Service service || call.Subresource.Length > 0) return null;
        var old = call.Old as Service;
        bool takes = NeedsAddress(service) || NeedsPorts(service) || (old is null ? HasChosen(service) : Changed(old, service));
        Service settled = WithFamilies(Released(service, old));
        if (takes)
        {
            Outcome<Service> allocated = Allocate(call.At, settled, old);
            if (!allocated.TryGet(out settled!, out Refusal? refusal)) return refusal;
            call.Guards.Add(ObjectStorage.NothingNewer(ObjectStorage.PrefixOf(KindOf<Service>.Definition, ""), call.At.Revision));
        }
        call.New = settled;
        return null;
    }

    private static bool IsExternal(Service service) => service.Spec.Type == ServiceType.ExternalName;

    private static bool WantsPorts(Service service) => service.Spec.Type is ServiceType.NodePort or ServiceType.LoadBalancer;

    private static bool NeedsAddress(Service service) => !IsExternal(service) && service.Spec.ClusterIP.Length == 0;

    private static bool NeedsPorts(Service service) => WantsPorts(service) && service.Spec.Ports.Any(port => port.NodePort == 0);

    private static bool HasChosen(Service service) =>
        (service.Spec.ClusterIP.Length > 0 && service.Spec.ClusterIP != Headless) || service.Spec.Ports.Any(port => port.NodePort > 0);

    private static bool Changed(Service old, Service service) =>
        old.Spec.ClusterIP != service.Spec.ClusterIP || !old.Spec.Ports.Select(port => port.NodePort).SequenceEqual(service.Spec.Ports.Select(port => port.NodePort));

    /// <summary>Gives back what the type has no use for.</summary>
    private static Service Released(Service service, Service? old)
    {
        ServiceSpec spec = service.Spec;
        if (IsExternal(service)) spec = spec with { ClusterIP = "", ClusterIPs = [] };
        if (old is not null && WantsPorts(old) && !WantsPorts(service)) spec = spec with { Ports = [.. spec.Ports.Select(port => port.NodePort == 0 ? port : port with { NodePort = 0 })] };
        return service with { Spec = spec };
    }

    private static Service WithFamilies(Service service)
    {
        if (IsExternal(service)) return service;
        ServiceSpec spec = service.Spec;
        return service with
        {
            Spec = spec with
            {
                ClusterIPs = spec.ClusterIP.Length == 0 ? [] : spec.ClusterIPs.Count > 0 && spec.ClusterIPs[0] == spec.ClusterIP ? spec.ClusterIPs : [spec.ClusterIP],
                IpFamilies = spec.IpFamilies.Count > 0 ? spec.IpFamilies : ["IPv4"],
                IpFamilyPolicy = spec.IpFamilyPolicy ?? "SingleStack",
                InternalTrafficPolicy = spec.InternalTrafficPolicy ?? "Cluster",
                ExternalTrafficPolicy = spec.ExternalTrafficPolicy.Length == 0 && WantsPorts(service) ? "Cluster" : spec.ExternalTrafficPolicy,
            },
        };
    }

    private Outcome<Service> Allocate(StoreSnapshot at, Service service, Service? old)
    {
        var addresses = new SortedSet<string>(StringComparer.Ordinal);
        var ports = new SortedSet<int>();
        foreach (Service other in storage.Scan<Service>(at, ""))
        {
            if (other.Metadata.Uid == (old?.Metadata.Uid ?? service.Metadata.Uid)) continue;
            if (other.Spec.ClusterIP.Length > 0) addresses.Add(other.Spec.ClusterIP);
            foreach (ServicePort port in other.Spec.Ports.Where(port => port.NodePort > 0)) ports.Add(port.NodePort);
        }
        uint seed = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(service.Metadata.Uid)));
        return Address(service, addresses, seed, old) is { } refusal ? refusal : WithAddress(service, addresses, ports, seed);
    }

    private Refusal? Address(Service service, SortedSet<string> taken, uint seed, Service? old)
    {
        string asked = service.Spec.ClusterIP;
        if (asked.Length == 0) return FreeAddress(taken, seed) is null ? Invalid(service, "spec.clusterIPs", "Invalid value: []string(nil): failed to allocate IP: range is full") : null;
        if (asked == Headless || asked == old?.Spec.ClusterIP) return null;
        string shown = $"Invalid value: []string{{\"{asked}\"}}";
        if (!IPAddress.TryParse(asked, out IPAddress? address)) return Invalid(service, "spec.clusterIPs", $"{shown}: must be empty, 'None', or a valid IP address");
        if (!range.Contains(address)) return Invalid(service, "spec.clusterIPs", $"{shown}: failed to allocate IP {asked}: the provided IP is not in the valid range. The range of valid IPs is {range}");
        return taken.Contains(asked) ? Invalid(service, "spec.clusterIPs", $"{shown}: failed to allocate IP {asked}: provided IP is already allocated") : null;
    }

    private Outcome<Service> WithAddress(Service service, SortedSet<string> addresses, SortedSet<int> ports, uint seed)
    {
        string address = IsExternal(service) ? "" : service.Spec.ClusterIP.Length > 0 ? service.Spec.ClusterIP : FreeAddress(addresses, seed)!;
        var list = new List<ServicePort>();
        foreach (ServicePort port in service.Spec.Ports)
        {
            if (!WantsPorts(service))
            {
                list.Add(port);
                continue;
            }
            int chosen = port.NodePort > 0 ? port.NodePort : FreePort(ports, seed);
            string field = $"spec.ports[{list.Count}].nodePort";
            if (chosen == 0) return Invalid(service, field, "Invalid value: 0: range is full");
            if (chosen < firstPort || chosen > lastPort) return Invalid(service, field, $"Invalid value: {chosen}: provided port is not in the valid range. The range of valid ports is {firstPort}-{lastPort}");
            if (!ports.Add(chosen) && !list.Any(own => own.NodePort == chosen && own.Protocol != port.Protocol)) return Invalid(service, field, $"Invalid value: {chosen}: provided port is already allocated");
            list.Add(port with { NodePort = chosen });
        }
        return service with { Spec = service.Spec with { ClusterIP = address, ClusterIPs = address.Length == 0 ? [] : [address], Ports = list } };
    }

    /// <summary>Null: all are taken. The network's own address and the broadcast address are never given; the first is kept for <c>kubernetes</c>.</summary>
    private string? FreeAddress(SortedSet<string> taken, uint seed)
    {
        Invariant.Check(range.BaseAddress.AddressFamily == AddressFamily.InterNetwork);
        uint first = BinaryPrimitives.ReadUInt32BigEndian(range.BaseAddress.GetAddressBytes());
        uint usable = (uint)((1UL << (32 - range.PrefixLength)) - 3);
        byte[] bytes = new byte[4];
        for (uint step = 0; step < usable; step++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, first + 2 + (seed + step) % usable);
            string candidate = new IPAddress(bytes).ToString();
            if (!taken.Contains(candidate)) return candidate;
        }
        return null;
    }

    private int FreePort(SortedSet<int> taken, uint seed)
    {
        int count = lastPort - firstPort + 1;
        for (int step = 0; step < count; step++)
        {
            int candidate = firstPort + (int)((seed + (uint)step) % (uint)count);
            if (!taken.Contains(candidate)) return candidate;
        }
        return 0;
    }

    private static Refusal Invalid(Service service, string field, string message) =>
        Refusals.Invalid("Service", "", service.Metadata.Name, CauseType.FieldValueInvalid, field, message);
}
