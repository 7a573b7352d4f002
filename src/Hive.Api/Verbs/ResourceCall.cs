using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>A request that names a resource that is served here.</summary>
/// <param name="Namespace">Empty for cluster scope and for lists over all namespaces.</param>
/// <param name="Name">Empty for a collection.</param>
public sealed record ResourceCall(ApiRequest Request, KindDefinition Kind, string Namespace, string Name, string Subresource)
{
    public CancellationToken Cancellation => Request.Cancellation;

    /// <summary>The form in which the client wants its answer.</summary>
    public Outcome<MediaChoice> Media => MediaTypes.Choose(Request.Accept, watch: false);

    public Refusal NotFound() => Refusals.NotFound(Kind.Plural, Kind.Group, Name);
}
