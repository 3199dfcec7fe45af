from pydantic import BaseModel, field_validator


class Scan(BaseModel):
    code: str
    place: str

    @field_validator("code")
    @classmethod
    def upper(cls, value: str) -> str:
        return value.strip().upper()
