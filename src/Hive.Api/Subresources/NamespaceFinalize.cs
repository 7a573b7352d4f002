using Hive.Api.Http;
using Hive.Api.Verbs;

namespace Hive.Api.Subresources;

/// <summary>PUT namespaces/NAME/finalize: the only way to change a namespace's finalizers. A dying namespace whose last one goes is removed.</summary>
public sealed class NamespaceFinalize(UpdateVerb update)
{
    public ValueTask<Refusal?> RunAsync(ResourceCall call) => update.RunAsync(call);
}
