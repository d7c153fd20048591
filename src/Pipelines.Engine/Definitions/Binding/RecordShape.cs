using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pipelines.Engine.Definitions.Binding;

/// <summary>How a record is written in YAML: its keys, which of them are required, and its short form. The reader and the schema both go by it.</summary>
internal sealed class RecordShape
{
    private static readonly ConcurrentDictionary<Type, RecordShape> Shapes = new();

    private RecordShape(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(x => x.SetMethod is not null).ToList();
        FromKey = properties.Find(x => x.IsDefined(typeof(FromKeyAttribute)));
        Keys = [.. properties.Where(x => x != FromKey && !x.IsDefined(typeof(NotWrittenAttribute))).Select(x => new RecordKey(x))];
        ShortForm = Keys.Where(x => x.IsRequired).ToList() is [{ IsSingleValue: true } only] ? only : Keys.FirstOrDefault(x => x.Name == "duration");
    }

    public IReadOnlyList<RecordKey> Keys { get; }

    /// <summary>The property that is the key under which the record stands in a map.</summary>
    public PropertyInfo? FromKey { get; }

    /// <summary>The key whose value alone may stand for the whole record: the only required one, or a duration.</summary>
    public RecordKey? ShortForm { get; }

    public static RecordShape Of(Type type) => Shapes.GetOrAdd(type, x => new(x));

    public RecordKey? Find(string name) => Keys.FirstOrDefault(x => x.Name == name);

    public static bool IsRecord(Type type) => type is { IsClass: true, Namespace: not null } && type.Namespace.StartsWith("Pipelines.", StringComparison.Ordinal);

    /// <summary>The type of a list's items, or null.</summary>
    public static Type? ItemOf(Type type) =>
        type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>The type of a map's values, or null.</summary>
    public static Type? ValueOf(Type type) =>
        type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? type.GetGenericArguments()[1] : null;
}

/// <summary>One key of a record.</summary>
internal sealed class RecordKey(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;

    public string Name { get; } = JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    public bool IsRequired { get; } = property.IsDefined(typeof(RequiredMemberAttribute));

    public Type Type { get; } = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    public bool IsSingleValue => Type == typeof(string) || Type == typeof(Uri) || Type == typeof(TimeSpan) || Type == typeof(int);
}
