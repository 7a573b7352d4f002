using System.Globalization;
using System.Net;

namespace Hive.Benchmarks.Etcd;

/// <summary>What a member says of itself on <c>/metrics</c>.</summary>
internal static class MemberMetrics
{
    /// <summary>Sum of the samples of a family over all its labels.</summary>
    public static async Task<double> ReadAsync(IPEndPoint member, string family, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"http://{member}/metrics"), cancellation);
        return page.Split('\n')
            .Where(line => line.StartsWith(family, StringComparison.Ordinal) && line.AsSpan(family.Length) is [' ' or '{', ..])
            .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }
}
