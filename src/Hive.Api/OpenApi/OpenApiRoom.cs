using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.OpenApi;

/// <summary>x</summary>
public sealed class OpenApiRoom(KindCatalog catalog, string version, ApiLimits limits) : IEndpointRoom
{
    public ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        _ = catalog; _ = version; _ = limits;
        return new(false);
    }
}
