using System.Collections.Immutable;

namespace Hive.Control;

/// <summary>The controllers of a control plane, in a fixed order: a controller's place is part of the order in which keys run.</summary>
public sealed class ControllerCatalog(params ImmutableArray<IController> controllers)
{
    public ImmutableArray<IController> Controllers { get; } = controllers;
}
