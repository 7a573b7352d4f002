using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>A pod's class of service, from its requests and limits of processor and memory.</summary>
public static class QualityOfService
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(PodSpec spec)
    {
        bool any = false, guaranteed = true;
        foreach (Container container in spec.InitContainers.Concat(spec.Containers))
        {
            foreach (string resource in Counted)
            {
                bool requested = container.Resources.Requests.TryGetValue(resource, out Quantity request) && request.Sign > 0;
                bool limited = container.Resources.Limits.TryGetValue(resource, out Quantity limit) && limit.Sign > 0;
                any |= requested || limited;
                guaranteed &= limited && (!requested || request == limit);
            }
        }
        if (!any) return "BestEffort";
        return guaranteed ? "Guaranteed" : "Burstable";
    }
}
