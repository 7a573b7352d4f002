using System.Reflection;
using Xunit;

namespace Hive.Objects.Tests;

/// <summary>The order of fields comes from the lines on which they are declared, for a native binary has no metadata tokens to tell it.</summary>
public sealed class FieldOrderTests
{
    [Fact]
    public void Fields_are_in_the_order_in_which_they_are_declared_those_of_the_base_first()
    {
        Type[] records = [.. typeof(Pod).Assembly.GetTypes().Where(type => type.GetCustomAttribute<SchemaAttribute>() is not null && !type.IsAbstract && !type.IsGenericTypeDefinition)];
        Assert.True(records.Length > 100, $"only {records.Length} records have a schema");
        foreach (Type record in records)
        {
            string[] declared = [.. Levels(record).SelectMany(level => level
                .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .OrderBy(property => property.MetadataToken)
                .Select(property => property.GetCustomAttribute<FieldAttribute>()?.Name)
                .OfType<string>())];
            Assert.Equal(declared, TypeSchema.Of(record).Fields.Select(field => field.Name));
        }
    }

    private static IEnumerable<Type> Levels(Type record)
    {
        IEnumerable<Type> above = record.BaseType is { } parent ? Levels(parent) : [];
        return above.Append(record);
    }
}
