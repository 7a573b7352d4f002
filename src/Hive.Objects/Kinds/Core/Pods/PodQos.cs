namespace Hive.Objects;

/// <summary>The quality of service that a pod gets from its requests and limits.</summary>
public static class PodQos
{
    private static readonly string[] Counted = ["cpu", "memory"];

    /// <summary>
    /// Guaranteed when every container limits processor and memory and requests the same; BestEffort when none asks for anything; otherwise Burstable.
    /// </summary>
    public static string Of(PodSpec spec)
    {
        var containers = spec.Containers.Concat(spec.InitContainers).ToArray();
        var asksNothing = containers.All(c => Counted.All(r => !Has(c.Resources.Requests, r) && !Has(c.Resources.Limits, r)));
        if (asksNothing) return PodQOSClass.BestEffort;
        var guaranteed = containers.All(c => Counted.All(r => Has(c.Resources.Limits, r) && (!c.Resources.Requests.ContainsKey(r) || c.Resources.Requests[r] == c.Resources.Limits[r])));
        return guaranteed ? PodQOSClass.Guaranteed : PodQOSClass.Burstable;
    }

    private static bool Has(OrdinalMap<Quantity> amounts, string resource) => amounts.TryGetValue(resource, out var amount) && amount.Sign > 0;
}
