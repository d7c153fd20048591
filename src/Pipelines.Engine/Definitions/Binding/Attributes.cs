namespace Pipelines.Engine.Definitions.Binding;

/// <summary>A list of records with such a property is written as a map, in the order of the file; its keys are this property.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FromKeyAttribute : Attribute;

/// <summary>The property is not a key of the file: the reader fills it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotWrittenAttribute : Attribute;
