using Hive.Api.Authentication;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Admission;

/// <summary>One attempt of a write on its way through admission. Rules may replace the object, and say what the commit must compare and bump.</summary>
public sealed class AdmissionCall(KindDefinition kind, StoreSnapshot at, HiveObject? old, HiveObject @new, string subresource, Caller user)
{
    public KindDefinition Kind { get; } = kind;

    /// <summary>The state that the rules look at; whatever they rely on must be guarded.</summary>
    public StoreSnapshot At { get; } = at;

    /// <summary>Null on creation.</summary>
    public HiveObject? Old { get; } = old;

    public HiveObject New { get; set; } = @new;

    public string Subresource { get; } = subresource;

    public Caller User { get; } = user;

    public bool IsCreate => Old is null;

    /// <summary>What must hold when the write is committed.</summary>
    public List<Comparison> Guards { get; } = [];

    /// <summary>Hidden counters that the commit moves.</summary>
    public List<string> Bumps { get; } = [];
}

/// <summary>A rule of admission: sees every create and update of its kinds before validation.</summary>
public interface IAdmissionRule
{
    /// <summary>Null: admitted, with <see cref="AdmissionCall.New"/> as it then stands.</summary>
    Refusal? Admit(AdmissionCall call);
}
